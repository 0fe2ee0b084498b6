{# USES_VARIABLES { N } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    const size_t _vectorisation_idx = -1;
    const int _N = {{constant_or_scalar('N', variables['N'])}};
    {% for name in sums %}
    double {{name}} = 0;
    {% endfor %}
    {% if sums %}
    {
        {{scalar_code['sums']|autoindent}}
        for (int _idx=0; _idx<_N; _idx++)
        {
            const size_t _vectorisation_idx = _idx;
            {{vector_code['sums']|autoindent}}
            {% for name in sums %}
            {{name}} += _term_{{name}};
            {% endfor %}
        }
    }
    {% endif %}
    {{scalar_code['code']|autoindent}}
    {% if independent %}
    #pragma GCC ivdep
    {% endif %}
    for (int _idx=0; _idx<_N; _idx++)
    {
        const size_t _vectorisation_idx = _idx;
        {{vector_code['code']|autoindent}}
    }
{% endblock %}
