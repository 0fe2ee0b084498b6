{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    {% import 'dense_products.cpp' as dense with context %}
    const size_t _vectorisation_idx = -1;
    {{dense.scratch_arrays()}}
    {% if computed['pre'] %}
    {
        {{scalar_code['pre']|autoindent}}
        #pragma GCC ivdep
        for (int _cell=0; _cell<{{units['pre']*batch}}; _cell++)
        {
            const int _idx = {{starts['pre']}} + _cell;
            const size_t _vectorisation_idx = _idx;
            {{vector_code['pre']|autoindent}}
            {% for factor in computed['pre'] %}
            {{factor.name}}_scratch[_cell] = {{factor.name}};
            {% endfor %}
        }
    }
    {% endif %}
    {% for var, array, pre in states %}
    _dense_gemm<{{c_data_type(var.dtype)}}>(false, true, {{units['post']}}, {{units['pre']}}, {{batch}}, 1, {{get_array_name(array)}}, {{batch}},
                {{dense.pointer(pre)}}, {{batch}}, 1, {{get_array_name(var)}}, {{units['pre']}});
    for (int _cell=0; _cell<{{units['post']*batch}}; _cell++) {{get_array_name(array)}}[_cell] = 0;
    {% endfor %}
{% endblock %}
