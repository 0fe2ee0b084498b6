{# USES_VARIABLES { N, _dense_cuda } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'dense_group.cu' %}
{% import 'dense_kernels.cu' as kernels with context %}
{% set _T = c_data_type(out.dtype) %}
{% set _quarter = (cells + 3)//4 %}

{% block kernel %}
{{kernels.begin('noise', 'const bool _captured, uint32_t* _next, unsigned* _arrived,')}}
    {{scalar_code['scalars']|autoindent}}
    {# A graph runs the kernel again with the arguments that it was captured with: then the last run knows the step. #}
    const uint32_t _now = _captured ? *_next : (uint32_t)_step;
    const int _counter = blockIdx.x*DENSE_THREADS + threadIdx.x;
    if (_counter < {{_quarter}})
    {
        uint32_t _words[4];
        _dense_philox(_counter, _now, {{stream}}u, {{get_array_name(key)}}[0], {{get_array_name(key)}}[1], _words);
        {{_T}} _normals[4];
        _dense_box_muller<{{_T}}>(_words[0], _words[1], _scale, _normals[0], _normals[1]);
        _dense_box_muller<{{_T}}>(_words[2], _words[3], _scale, _normals[2], _normals[3]);
        for (int _k=0; _k<4; _k++)
            if (_counter + _k*{{_quarter}} < {{cells}})
                {{get_array_name(out)}}[{{first}} + _counter + _k*{{_quarter}}] = _normals[_k];
    }
    if (_dense_last_block(_arrived) && threadIdx.x == 0) *_next = _now + 1;
}
{% endblock %}

{% block kernel_call %}
    static uint32_t* const _next = _dense_memory<uint32_t>(1);
    static unsigned* const _arrived = _dense_memory<unsigned>(1);
    {{kernels.launch('noise', '_dense_blocks(%s)' % _quarter, '_dense_captured(), _next, _arrived,')}}
{% endblock %}
