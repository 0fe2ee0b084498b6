{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    {% import 'dense_products.cpp' as dense with context %}
    {% set T = c_data_type(target.dtype) %}
    {% set out = get_array_name(target) ~ ' + ' ~ starts[side] %}
    {% set direct = sums|selectattr('direct')|list|length %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code['const']|autoindent}}
    {{dense.scratch_arrays()}}
    {{dense.compute_synaptic()}}
    {% for term in sums if term.matrix is none %}
    for (int _sample=0; _sample<{{batch}}; _sample++) {{term.inside}}_scratch[_sample] = 0;
    {% endfor %}
    {% if computed[inner] or sums|selectattr('matrix', 'none')|list %}
    {
        {{scalar_code[inner]|autoindent}}
        for (int _unit=0; _unit<{{units[inner]}}; _unit++)
        {
            #pragma GCC ivdep
            for (int _sample=0; _sample<{{batch}}; _sample++)
            {
                const int _cell = _unit*{{batch}} + _sample;
                const int _idx = {{starts[inner]}} + _cell;
                const size_t _vectorisation_idx = _idx;
                {{vector_code[inner]|autoindent}}
                {% for factor in computed[inner] %}
                {{factor.name}}_scratch[_cell] = {{factor.name}};
                {% endfor %}
                {% for term in sums if term.matrix is none %}
                {{term.inside}}_scratch[_sample] += {{term.inside}};
                {% endfor %}
            }
        }
    }
    {% endif %}
    {% for term in sums if term.matrix is not none %}
    _dense_gemm<{{T}}>({{'true' if side == 'pre' else 'false'}}, false, {{units[side]}}, {{batch}}, {{units[inner]}},
                {{term.scalar}}, {{dense.pointer(term.matrix)}}, {{units['pre']}}, {{dense.pointer(term.inside)}}, {{batch}},
                {{0 if loop.first or not term.direct else 1}}, {{out if term.direct else term.scalar ~ '_scratch'}}, {{batch}});
    {% endfor %}
    {% if direct < sums|length or not sums %}
    {
        {{scalar_code[side]|autoindent}}
        {% for term in sums if not term.direct %}
        const {{T}} {{term.scalar}}_t = {{term.scalar if term.matrix is none else 1}};
        {% endfor %}
        for (int _unit=0; _unit<{{units[side]}}; _unit++)
        {
            #pragma GCC ivdep
            for (int _sample=0; _sample<{{batch}}; _sample++)
            {
                const int _cell = _unit*{{batch}} + _sample;
                const int _idx = {{starts[side]}} + _cell;
                const size_t _vectorisation_idx = _idx;
                {{vector_code[side]|autoindent}}
                {{get_array_name(target)}}[_idx] {{'+=' if direct else '='}} 0
                {%- for term in sums if not term.direct %}
 + {{term.scalar}}_t*{{term.inside ~ '_scratch[_sample]' if term.matrix is none else term.scalar ~ '_scratch[_cell]'}}
                {%- if term.outside %}*{{term.outside}}{% endif %}
                {%- endfor %};
            }
        }
    }
    {% endif %}
{% endblock %}
