{# USES_VARIABLES { N, _dense_cuda } #}
{% extends 'dense_group.cu' %}
{% import 'dense_products.cu' as dense with context %}
{% set _T = c_data_type(target.dtype) %}
{% set _others = sums|rejectattr('direct')|list %}
{% set _totals = sums|selectattr('matrix', 'none')|list %}
{% set _synapses = units['pre']*units['post'] %}
{# The blocks for synaptic factors, then those for factors and totals of the cells that are summed over. #}
{% set _synaptic_blocks = '_dense_blocks(%s)' % _synapses if computed['syn'] else '0' %}
{% set _inner_blocks = '_dense_column_blocks(%s)' % batch if _totals
                       else '_dense_blocks(%s)' % (units[inner]*batch) if computed[inner] else '0' %}
{% set _factors = computed['syn'] or computed[inner] or _totals %}
{% set _results = _others or not sums %}

{% block kernel %}
{% if _factors or numbers %}
{{dense.begin('factors')}}
    {{dense.keep_numbers()}}
    int _block = blockIdx.x;
    {% if computed['syn'] %}
    if (_block < {{_synaptic_blocks}})
    {
        {{scalar_code['syn']|autoindent}}
        const int _cell = _block*DENSE_THREADS + threadIdx.x;
        if (_cell < {{_synapses}})
        {
            {{dense.values('syn')}}
            {% for factor in computed['syn'] %}
            {{factor.name}}_scratch[_cell] = {{factor.name}};
            {% endfor %}
        }
        return;
    }
    _block -= {{_synaptic_blocks}};
    {% endif %}
    {% if computed[inner] or _totals %}
    {
        {{scalar_code[inner]|autoindent}}
        {% for term in _totals %}
        {{_T}} {{term.inside}}_total = 0;
        {% endfor %}
        {% if _totals %}
        const int _sample = _block*DENSE_COLUMNS + threadIdx.x % DENSE_COLUMNS;
        if (_sample < {{batch}})
        for (int _unit=threadIdx.x/DENSE_COLUMNS; _unit<{{units[inner]}}; _unit+=DENSE_THREADS/DENSE_COLUMNS)
        {
            const int _cell = _unit*{{batch}} + _sample;
        {% else %}
        const int _cell = _block*DENSE_THREADS + threadIdx.x;
        if (_cell < {{units[inner]*batch}})
        {
        {% endif %}
            {{dense.values(inner)}}
            {% for factor in computed[inner] %}
            {{factor.name}}_scratch[_cell] = {{factor.name}};
            {% endfor %}
            {% for term in _totals %}
            {{term.inside}}_total += {{term.inside}};
            {% endfor %}
        }
        {% for term in _totals %}
        {{term.inside}}_total = _dense_reduce<_dense_sum>({{term.inside}}_total, DENSE_COLUMNS);
        if (threadIdx.x < DENSE_COLUMNS && _sample < {{batch}}) {{term.inside}}_scratch[_sample] = {{term.inside}}_total;
        {% endfor %}
    }
    {% endif %}
}
{% endif %}
{% if _results %}
{{dense.begin('results')}}
    const int _cell = blockIdx.x*DENSE_THREADS + threadIdx.x;
    if (_cell < {{units[side]*batch}})
    {
        {{scalar_code[side]|autoindent}}
        {
            {{dense.values(side)}}
            {{get_array_name(target)}}[_idx] {{'=' if _others == sums else '+='}} 0
            {%- for term in _others %}
 + ({{_T}}){{term.scalar}}*{{term.inside ~ '_scratch[_cell % ' ~ batch ~ ']' if term.matrix is none else term.scalar ~ '_scratch[_cell]'}}
            {%- if term.outside %}*{{term.outside}}{% endif %}
            {%- endfor %};
        }
    }
}
{% endif %}
{% endblock %}

{% block kernel_call %}
    {{dense.declare()}}
    {% if _factors or numbers %}
    {{dense.launch('factors', _synaptic_blocks ~ ' + ' ~ _inner_blocks if _factors else 1)}}
    {% endif %}
    {% for term in sums if term.matrix is not none %}
    {% if loop.first %}
    {{dense.workspace()}}
    {% endif %}
    {% set scaled = term.direct and term.literal is none %}
    {% set scale = term.scalar ~ '_scratch' if scaled else term.literal if term.direct else 1 %}
    {% set keep = 0 if loop.first or not term.direct else 1 %}
    {{'_dense_gemm_scaled' if scaled else '_dense_gemm'}}<{{_T}}>(_workspace, {{'true' if side == 'pre' else 'false'}}, false,
        {{units[side]}}, {{batch}}, {{units[inner]}}, {{scale}}, {{dense.pointer(term.matrix)}}, {{units['pre']}},
        {{dense.pointer(term.inside)}}, {{batch}}, {{'_dense_number<%s>(%s)' % (_T, keep) if scaled else keep}},
        {{dense.device(target) ~ ' + ' ~ starts[side] if term.direct else term.scalar ~ '_scratch'}}, {{batch}});
    {% endfor %}
    {% if _results %}
    {{dense.launch('results', '_dense_blocks(%s)' % (units[side]*batch))}}
    {% endif %}
{% endblock %}
