{# ITERATE_ALL { _idx } #}
{# USES_VARIABLES { N, _dense_cuda } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'dense_group.cu' %}
{% import 'dense_kernels.cu' as kernels with context %}
{# Shared variables that the code may change: `adam_n += 1` is to happen once. So each thread has copies of them, and one
   thread makes the changes when all blocks have read them. #}
{% set _shared = variables.values()|selectattr('array', 'defined')|selectattr('array')|selectattr('scalar')
                 |rejectattr('read_only')|unique|list if '[0] = ' in scalar_code['code']|join else [] %}

{% block kernel %}
{% if sums %}
{{kernels.begin('sums', 'double* __restrict__ _partial,')}}
    {{scalar_code['sums']|autoindent}}
    {% for name in sums %}
    double {{name}} = 0;
    {% endfor %}
    for (int _idx=blockIdx.x*DENSE_THREADS + threadIdx.x; _idx<{{size}}; _idx+=gridDim.x*DENSE_THREADS)
    {
        const int _vectorisation_idx = _idx;
        {{vector_code['sums']|autoindent}}
        {% for name in sums %}
        {{name}} += _term_{{name}};
        {% endfor %}
    }
    {% for name in sums %}
    {{name}} = _dense_reduce<_dense_sum>({{name}});
    if (threadIdx.x == 0) _partial[{{loop.index0}}*DENSE_THREADS + blockIdx.x] = {{name}};
    {% endfor %}
}
{% endif %}
{{kernels.begin('update', 'const double* __restrict__ _partial, unsigned* _arrived,')}}
    {% for name in sums %}
    const double {{name}} = _dense_reduce<_dense_sum>(_partial[{{loop.index0}}*DENSE_THREADS + threadIdx.x]);
    {% endfor %}
    {% for var in _shared %}
    auto {{get_array_name(var)}}_copy = {{get_array_name(var)}}[0];
    {% endfor %}
    {
        {% for var in _shared %}
        auto* const {{get_array_name(var)}} = &{{get_array_name(var)}}_copy;
        {% endfor %}
        {{scalar_code['code']|autoindent}}
        const int _idx = blockIdx.x*DENSE_THREADS + threadIdx.x;
        if (_idx < {{size}})
        {
            const int _vectorisation_idx = _idx;
            {{vector_code['code']|autoindent}}
        }
    }
    {% if _shared %}
    if (_dense_last_block(_arrived) && threadIdx.x == 0)
    {
        {{scalar_code['code']|autoindent}}
    }
    {% endif %}
}
{% endblock %}

{% block kernel_call %}
    static double* const _partial = _dense_memory<double>({{sums|length}}*DENSE_THREADS);
    static unsigned* const _arrived = _dense_memory<unsigned>(1);
    {% if sums %}
    {{kernels.launch('sums', '_dense_total_blocks(%s)' % size, '_partial,')}}
    {% endif %}
    {{kernels.launch('update', '_dense_blocks(%s)' % size, '_partial, _arrived,')}}
{% endblock %}
