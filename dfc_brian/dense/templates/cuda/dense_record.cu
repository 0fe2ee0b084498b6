{# USES_VARIABLES { N, _dense_cuda } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'dense_group.cu' %}
{% import 'dense_kernels.cu' as kernels with context %}

{% block kernel %}
{{kernels.begin('record', 'unsigned* _arrived,')}}
    const long _record = {{get_array_name(row)}}[0];
    if (_record >= {{rows}}) return;
    const int _cell = blockIdx.x*DENSE_THREADS + threadIdx.x;
    if (_cell < {{cells}})
    {
        {{scalar_code['value']|autoindent}}
        {
            const int _idx = {{first}} + _cell;
            const int _vectorisation_idx = _idx;
            {{vector_code['value']|autoindent}}
            {% for value, array in records %}
            {{get_array_name(array)}}[_record*{{cells}} + _cell] = {{value}};
            {% endfor %}
        }
    }
    if (_dense_last_block(_arrived) && threadIdx.x == 0) {{get_array_name(row)}}[0] = _record + 1;
}
{% endblock %}

{% block kernel_call %}
    static unsigned* const _arrived = _dense_memory<unsigned>(1);
    {{kernels.launch('record', '_dense_blocks(%s)' % cells, '_arrived,')}}
{% endblock %}
