{# Macros shared by all templates: kernels, with what Brian2's code in them refers to. #}

{% macro begin(name, parameters='') %}
__global__ void __launch_bounds__(DENSE_THREADS) _{{name}}_{{codeobj_name}}(
    {{parameters}}
    %KERNEL_PARAMETERS%)
{
    using namespace brian;
    const int _vectorisation_idx = -1;
    %KERNEL_CONSTANTS%
    {{kernel_lines|autoindent}}
{% endmacro %}

{% macro launch(name, blocks, arguments='') %}
    _{{name}}_{{codeobj_name}}<<<{{blocks}}, DENSE_THREADS>>>(
        {{arguments}}
        %HOST_PARAMETERS%);
    CUDA_CHECK_ERROR("_{{name}}_{{codeobj_name}}");
{% endmacro %}
