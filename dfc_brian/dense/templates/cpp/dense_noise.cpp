{# USES_VARIABLES { N } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code['scalars']|autoindent}}
    const auto* _key = {{get_array_name(key)}};
    _dense_normals<{{c_data_type(out.dtype)}}>({{get_array_name(out)}} + {{first}}, {{cells}}L, _key[0], _key[1], _step, {{stream}}u, _scale);
{% endblock %}
