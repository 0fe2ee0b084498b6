{# Macros shared by the templates of products. #}
{% import 'dense_kernels.cu' as kernels with context %}

{# The code object's own arrays: as parameters of a kernel, as its arguments, as variables of the host. #}
{% macro parameters() %}
{% for array in scratch + numbers %}
    {{c_data_type(array.dtype)}}* __restrict__ {{array.name}},
{% endfor %}
{% endmacro %}

{% macro arguments() %}
{% for array in scratch + numbers %}{{array.name}}, {% endfor %}
{% endmacro %}

{% macro declare() %}
{% for array in scratch + numbers %}
    static {{c_data_type(array.dtype)}}* const {{array.name}} = _dense_memory<{{c_data_type(array.dtype)}}>({{array.size}});
{% endfor %}
{% endmacro %}

{# The start of a kernel, with the numbers that are computed once per call. #}
{% macro begin(name) %}
{{kernels.begin(name, parameters())}}
    {{scalar_code['const']|autoindent}}
{% endmacro %}

{% macro launch(name, blocks) %}
{{kernels.launch(name, blocks, arguments())}}
{% endmacro %}

{# One thread keeps the numbers that cuBLAS reads on the device. #}
{% macro keep_numbers() %}
{% if numbers %}
    if (blockIdx.x == 0 && threadIdx.x == 0)
    {
        {% for number in numbers %}
        *{{number.name}} = {{number.of}};
        {% endfor %}
    }
{% endif %}
{% endmacro %}

{# The values of the cell (or synapse) `_cell` of a side. #}
{% macro values(side) %}
            const int _idx = {{starts[side]}} + _cell;
            const int _vectorisation_idx = _idx;
            {{vector_code[side]|autoindent}}
{% endmacro %}

{# The value of a factor, after `values`. #}
{% macro value(factor) %}
{%- if factor.computed %}{{factor.name}}{% else %}{{get_array_name(factor.var)}}[_idx]{% endif -%}
{% endmacro %}

{# The host's pointer to an array of the device. #}
{% macro device(var) -%}
{{get_array_name(var, prefix='dev')}}
{%- endmacro %}

{# The host's pointer to the first value of a factor: its array, or its scratch array. #}
{% macro pointer(factor) %}
{%- if factor.computed %}{{factor.name}}_scratch
{%- else %}({{device(factor.var)}} + {{factor.start}}){% endif -%}
{% endmacro %}

{# What cuBLAS needs beside its arguments. #}
{% macro workspace() %}
    static void* const _workspace = _dense_workspace();
{% endmacro %}

{# out = scale * post . pre^T + keep * out #}
{% macro outer(gemm, product, scale, keep, out) %}
    {{gemm}}<{{c_data_type(product.post.dtype)}}>(_workspace, false, true, {{units['post']}}, {{units['pre']}}, {{batch}}, {{scale}},
        {{pointer(product.post)}}, {{batch}}, {{pointer(product.pre)}}, {{batch}}, {{keep}}, {{out}}, {{units['pre']}});
{% endmacro %}
