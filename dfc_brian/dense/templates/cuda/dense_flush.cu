{# USES_VARIABLES { N, _dense_cuda } #}
{% extends 'dense_group.cu' %}
{% import 'dense_products.cu' as dense with context %}
{% set _cells = units['pre']*batch %}

{% block kernel %}
{% if computed['pre'] %}
{{dense.begin('factors')}}
    const int _cell = blockIdx.x*DENSE_THREADS + threadIdx.x;
    if (_cell < {{_cells}})
    {
        {{scalar_code['pre']|autoindent}}
        {
            {{dense.values('pre')}}
            {% for factor in computed['pre'] %}
            {{factor.name}}_scratch[_cell] = {{factor.name}};
            {% endfor %}
        }
    }
}
{% endif %}
{% endblock %}

{% block kernel_call %}
    {{dense.declare()}}
    {{dense.workspace()}}
    {% if computed['pre'] %}
    {{dense.launch('factors', '_dense_blocks(%s)' % _cells)}}
    {% endif %}
    {% for var, array, pre in states %}
    _dense_gemm<{{c_data_type(var.dtype)}}>(_workspace, false, true, {{units['post']}}, {{units['pre']}}, {{batch}}, 1,
        {{dense.device(array)}}, {{batch}}, {{dense.pointer(pre)}}, {{batch}}, 1, {{dense.device(var)}}, {{units['pre']}});
    CUDA_SAFE_CALL(cudaMemsetAsync({{dense.device(array)}}, 0, {{units['post']*batch}}*sizeof({{c_data_type(array.dtype)}})));
    {% endfor %}
{% endblock %}
