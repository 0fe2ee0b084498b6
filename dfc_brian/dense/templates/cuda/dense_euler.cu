{# USES_VARIABLES { N, _dense_cuda } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'dense_group.cu' %}
{% import 'dense_products.cu' as dense with context %}
{% set _synapses = units['pre']*units['post'] %}
{% set _steps = states|rejectattr('new', 'none')|list %}
{# A single source unit: each block of the first kernel also makes the step of its synapse. #}
{% set _single = units['pre'] == 1 %}
{# The blocks for the target cells, then those for the source cells; one for each unit where samples are summed up. #}
{% set _post_blocks = units['post'] if sums['post']
                      else '_dense_blocks(%s)' % (units['post']*batch) if computed['post'] or held else '0' %}
{% set _pre_blocks = '0' if _single else units['pre'] if sums['pre']
                     else '_dense_blocks(%s)' % (units['pre']*batch) if computed['pre'] else '0' %}
{% set _sides = [('post', _post_blocks), ('pre', _pre_blocks)]|rejectattr(1, 'equalto', '0')|list %}

{# The step of the synapse `_idx`. #}
{% macro _step() %}
            const int _vectorisation_idx = _idx;
            {{vector_code['syn']|autoindent}}
            {% for state in _steps %}
            {{get_array_name(state.var)}}[_idx] = {{state.new}};
            {% endfor %}
{% endmacro %}

{% block kernel %}
{% if _sides or numbers %}
{{dense.begin('factors')}}
    {{dense.keep_numbers()}}
    int _block = blockIdx.x;
    {% for side, blocks in _sides %}
    if (_block < {{blocks}})
    {
        {{scalar_code[side]|autoindent}}
        {% if side == 'post' %}
        {% for array, value, scalar in held %}
        const {{c_data_type(array.dtype)}} {{scalar}}_t = {{scalar}};
        {% endfor %}
        {% endif %}
        {% for sum in sums[side] %}
        {{c_data_type(sum.dtype)}} {{sum.name}} = 0;
        {% endfor %}
        {% if sums[side] %}
        const int _unit = _block;
        for (int _sample=threadIdx.x; _sample<{{batch}}; _sample+=DENSE_THREADS)
        {
            const int _cell = _unit*{{batch}} + _sample;
        {% else %}
        const int _cell = _block*DENSE_THREADS + threadIdx.x;
        if (_cell < {{units[side]*batch}})
        {
            const int _sample = _cell % {{batch}};
        {% endif %}
            {{dense.values(side)}}
            {% if weight %}
            const auto _weight = {{get_array_name(weight.var)}}[{{weight.start}} + _sample];
            {% endif %}
            {% for factor in computed[side] %}
            {{factor.name}}_scratch[_cell] = {{factor.name}}{{'*_weight' if factor.weighted}};
            {% endfor %}
            {% for sum in sums[side] %}
            {% if sum.per_sample %}
            {{c_data_type(sum.dtype)}} {{sum.name}}_share;
            {
                const int _cell = _sample;
                {{scalar_code['pre']|autoindent}}
                {
                    {{dense.values('pre')}}
                    {{sum.name}}_share = {{dense.value(sum.per_sample)}};
                }
            }
            {% endif %}
            {{sum.name}} += {{sum.value}}{{'*_weight' if weight}}{{'*%s_share' % sum.name if sum.per_sample}};
            {% endfor %}
            {% if side == 'post' %}
            {% for array, value, scalar in held %}
            {{get_array_name(array)}}[_cell] += {{scalar}}_t*{{value}}{{'*_weight' if weight}};
            {% endfor %}
            {% endif %}
        }
        {% for sum in sums[side] %}
        {{sum.name}} = _dense_reduce<_dense_sum>({{sum.name}});
        {% endfor %}
        {% if sums[side] %}
        if (threadIdx.x == 0)
        {
            {% if _single %}
            {{scalar_code['syn']|autoindent}}
            const int _idx = _unit;
            {{_step()}}
            {% else %}
            {% for sum in sums[side] %}
            {{sum.name}}_scratch[_unit] = {{sum.name}};
            {% endfor %}
            {% endif %}
        }
        {% endif %}
        return;
    }
    _block -= {{blocks}};
    {% endfor %}
}
{% endif %}
{% if _steps and not _single %}
{{dense.begin('steps')}}
    const int _idx = blockIdx.x*DENSE_THREADS + threadIdx.x;
    if (_idx < {{_synapses}})
    {
        {{scalar_code['syn']|autoindent}}
        {% for side, unit in (('post', '/'), ('pre', '%')) %}
        {% for sum in sums[side] %}
        const {{c_data_type(sum.dtype)}} {{sum.name}} = {{sum.name}}_scratch[_idx {{unit}} {{units['pre']}}];
        {% endfor %}
        {% endfor %}
        {% for product in matrices %}
        const {{c_data_type(product.post.dtype)}} {{product.name}} = {{product.name}}_scratch[_idx];
        {% endfor %}
        {
            {{_step()}}
        }
    }
}
{% endif %}
{% endblock %}

{% block kernel_call %}
    {{dense.declare()}}
    {% if _sides or numbers %}
    {{dense.launch('factors', '%s + %s' % (_post_blocks, _pre_blocks) if _sides else 1)}}
    {% endif %}
    {% if matrices or states|selectattr('products')|list %}
    {{dense.workspace()}}
    {% endif %}
    {% for product in matrices %}
    {{dense.outer('_dense_gemm', product, 1, 0, product.name ~ '_scratch')}}
    {% endfor %}
    {% if _steps and not _single %}
    {{dense.launch('steps', '_dense_blocks(%s)' % _synapses)}}
    {% endif %}
    {% for state in states %}
    {% for product in state.products %}
    {% set keep = state.keep ~ '_scratch' if loop.first and state.keep else '_dense_number<%s>(1)' % c_data_type(state.var.dtype) %}
    {{dense.outer('_dense_gemm_scaled', product, product.name ~ '_scratch', keep, dense.device(state.var))}}
    {% endfor %}
    {% endfor %}
{% endblock %}
