{# USES_VARIABLES { N } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code['value']|autoindent}}
    double _result[{{batch}}];
    for (int _sample=0; _sample<{{batch}}; _sample++) _result[_sample] = {{'0' if op == 'sum' else '-INFINITY'}};
    {% macro step(target) %}
    {% if op == 'sum' %}
    {{target}} += _value;
    {% else %}
    {{target}} = _value > {{target}} || _value != _value ? _value : {{target}};
    {% endif %}
    {% endmacro %}
    {% if batch == 1 %}
    double _total = _result[0];
    for (int _cell=0; _cell<{{size}}; _cell++)
    {
        const int _idx = {{first}} + _cell;
        const size_t _vectorisation_idx = _idx;
        {{vector_code['value']|autoindent}}
        {{step('_total')}}
    }
    _result[0] = _total;
    {% else %}
    for (int _unit=0; _unit<{{size//batch}}; _unit++)
    {
        #pragma GCC ivdep
        for (int _sample=0; _sample<{{batch}}; _sample++)
        {
            const int _idx = {{first}} + _unit*{{batch}} + _sample;
            const size_t _vectorisation_idx = _idx;
            {{vector_code['value']|autoindent}}
            {{step('_result[_sample]')}}
        }
    }
    {% endif %}
    for (int _sample=0; _sample<{{batch}}; _sample++) {{get_array_name(out)}}[{{out_start}} + _sample] = _result[_sample];
{% endblock %}
