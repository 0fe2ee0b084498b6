{# Macros shared by the templates of products. #}

{# A pointer to the first value of a factor: its array, or its scratch array. #}
{% macro pointer(factor) %}
{%- if factor.either %}(_uniform ? {{get_array_name(factor.var)}} + {{factor.start}} : {{factor.name}}_scratch)
{%- elif factor.computed %}{{factor.name}}_scratch
{%- else %}({{get_array_name(factor.var)}} + {{factor.start}}){% endif -%}
{% endmacro %}

{# The code object's own arrays. #}
{% macro scratch_arrays() %}
{% for array in scratch %}
alignas(64) static {{c_data_type(array.dtype)}} {{array.name}}[{{array.size}}];
{% endfor %}
{% endmacro %}

{# The computed synaptic factors. #}
{% macro compute_synaptic() %}
{% if computed['syn'] %}
    {
        {{scalar_code['syn']|autoindent}}
        #pragma GCC ivdep
        for (int _idx=0; _idx<{{units['pre']*units['post']}}; _idx++)
        {
            const size_t _vectorisation_idx = _idx;
            {{vector_code['syn']|autoindent}}
            {% for factor in computed['syn'] %}
            {{factor.name}}_scratch[_idx] = {{factor.name}};
            {% endfor %}
        }
    }
{% endif %}
{% endmacro %}

{# out = scale * post . pre^T + keep * out #}
{% macro outer(product, scale, keep, out) %}
{% set share = '*(_uniform ? _share : 1.0)' if product.post.either else '' %}
_dense_gemm<{{c_data_type(product.post.dtype)}}>(false, true, {{units['post']}}, {{units['pre']}}, {{batch}}, {{scale}}{{share}},
            {{pointer(product.post)}}, {{batch}}, {{pointer(product.pre)}}, {{batch}}, {{keep}}, {{out}}, {{units['pre']}});
{% endmacro %}
