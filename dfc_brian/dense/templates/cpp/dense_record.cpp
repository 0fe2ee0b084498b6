{# USES_VARIABLES { N } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    const long _record = {{get_array_name(row)}}[0];
    if (_record < {{rows}})
    {
        {{get_array_name(row)}}[0] = _record + 1;
        {% for value, array in records %}
        {{c_data_type(array.dtype)}}* __restrict {{value}}_out = {{get_array_name(array)}} + _record*{{cells}}L;
        {% endfor %}
        const size_t _vectorisation_idx = -1;
        {{scalar_code['value']|autoindent}}
        #pragma GCC ivdep
        for (int _cell=0; _cell<{{cells}}; _cell++)
        {
            const int _idx = {{first}} + _cell;
            const size_t _vectorisation_idx = _idx;
            {{vector_code['value']|autoindent}}
            {% for value, array in records %}
            {{value}}_out[_cell] = {{value}};
            {% endfor %}
        }
    }
{% endblock %}
