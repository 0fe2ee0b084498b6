{# USES_VARIABLES { N, _dense_cuda } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'dense_group.cu' %}
{% import 'dense_kernels.cu' as kernels with context %}
{% set _blocks = '_dense_total_blocks(%s)' % size if batch == 1 else '_dense_column_blocks(%s)' % batch %}

{% block kernel %}
{{kernels.begin('reduce', 'double* _partial, unsigned* _arrived,')}}
    {{scalar_code['value']|autoindent}}
    double _result = _dense_{{op}}::start<double>();
    {% if batch == 1 %}
    for (int _cell=blockIdx.x*DENSE_THREADS + threadIdx.x; _cell<{{size}}; _cell+=gridDim.x*DENSE_THREADS)
    {
    {% else %}
    const int _sample = blockIdx.x*DENSE_COLUMNS + threadIdx.x % DENSE_COLUMNS;
    if (_sample < {{batch}})
    for (int _unit=threadIdx.x/DENSE_COLUMNS; _unit<{{size//batch}}; _unit+=DENSE_THREADS/DENSE_COLUMNS)
    {
        const int _cell = _unit*{{batch}} + _sample;
    {% endif %}
        const int _idx = {{first}} + _cell;
        const int _vectorisation_idx = _idx;
        {{vector_code['value']|autoindent}}
        _result = _dense_{{op}}::of<double>(_result, _value);
    }
    {% if batch == 1 %}
    _result = _dense_reduce<_dense_{{op}}>(_result);
    if (threadIdx.x == 0) _partial[blockIdx.x] = _result;
    if (!_dense_last_block(_arrived)) return;
    _result = _dense_reduce<_dense_{{op}}>(threadIdx.x < gridDim.x ? _partial[threadIdx.x] : _dense_{{op}}::start<double>());
    if (threadIdx.x == 0) {{get_array_name(out)}}[{{out_start}}] = _result;
    {% else %}
    _result = _dense_reduce<_dense_{{op}}>(_result, DENSE_COLUMNS);
    if (threadIdx.x < DENSE_COLUMNS && _sample < {{batch}}) {{get_array_name(out)}}[{{out_start}} + _sample] = _result;
    {% endif %}
}
{% endblock %}

{% block kernel_call %}
    static double* const _partial = _dense_memory<double>({{_blocks}});
    static unsigned* const _arrived = _dense_memory<unsigned>(1);
    {{kernels.launch('reduce', _blocks, '_partial, _arrived,')}}
{% endblock %}
