{# USES_VARIABLES { N } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    {% import 'dense_products.cpp' as dense with context %}
    {% set weighted = '*' ~ get_array_name(weight.var) ~ '[' ~ weight.start ~ ' + _sample]' if weight else '' %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code['const']|autoindent}}
    {% if weight %}
    const auto* _weights = {{get_array_name(weight.var)}} + {{weight.start}};
    const double _share = _weights[0];
    bool _uniform = true;
    for (int _sample=1; _sample<{{batch}}; _sample++)
        _uniform &= _weights[_sample] == _weights[0];
    {% endif %}
    {{dense.scratch_arrays()}}
    {% for side in ('pre', 'post') %}
    {% if computed[side] or sums[side] or (side == 'post' and held) %}
    {% set skipped = weight and not computed[side]|rejectattr('either')|list
                     and not sums[side] and not (side == 'post' and held) %}
    {{'if (!_uniform)' if skipped}}
    {
        {{scalar_code[side]|autoindent}}
        {% if side == 'post' %}{% for array, value, scalar in held %}
        const {{c_data_type(array.dtype)}} {{scalar}}_t = {{scalar}};
        {% endfor %}{% endif %}
        for (int _unit=0; _unit<{{units[side]}}; _unit++)
        {
            {% for sum in sums[side] %}
            {{c_data_type(sum.dtype)}} {{sum.name}} = 0;
            {% endfor %}
            #pragma GCC ivdep
            for (int _sample=0; _sample<{{batch}}; _sample++)
            {
                const int _cell = _unit*{{batch}} + _sample;
                const int _idx = {{starts[side]}} + _cell;
                const size_t _vectorisation_idx = _idx;
                {{vector_code[side]|autoindent}}
                {% for factor in computed[side] %}
                {{factor.name}}_scratch[_cell] = {{factor.name}}{{weighted if factor.weighted}};
                {% endfor %}
                {% for sum in sums[side] %}
                {{sum.name}} += {{sum.value}}{{weighted}}
                {%- if sum.per_sample %}*{{dense.pointer(sum.per_sample)}}[_sample]{% endif %};
                {% endfor %}
                {% if side == 'post' %}{% for array, value, scalar in held %}
                {{get_array_name(array)}}[_cell] += {{scalar}}_t*{{value}}{{weighted}};
                {% endfor %}{% endif %}
            }
            {% for sum in sums[side] %}
            {{sum.name}}_scratch[_unit] = {{sum.name}};
            {% endfor %}
        }
    }
    {% endif %}
    {% endfor %}
    {% for product in matrices %}
    {{dense.outer(product, 1, 0, product.name ~ '_scratch')}}
    {% endfor %}
    {% if states|rejectattr('new', 'none')|list %}
    {
        {{scalar_code['syn']|autoindent}}
        for (int _post=0; _post<{{units['post']}}; _post++)
        {
            {% for sum in sums['post'] %}
            const {{c_data_type(sum.dtype)}} {{sum.name}} = {{sum.name}}_scratch[_post];
            {% endfor %}
            #pragma GCC ivdep
            for (int _pre=0; _pre<{{units['pre']}}; _pre++)
            {
                const int _idx = _post*{{units['pre']}} + _pre;
                const size_t _vectorisation_idx = _idx;
                {% for sum in sums['pre'] %}
                const {{c_data_type(sum.dtype)}} {{sum.name}} = {{sum.name}}_scratch[_pre];
                {% endfor %}
                {% for product in matrices %}
                const {{c_data_type(product.post.dtype)}} {{product.name}} = {{product.name}}_scratch[_idx];
                {% endfor %}
                {{vector_code['syn']|autoindent}}
                {% for state in states if state.new %}
                {{get_array_name(state.var)}}[_idx] = {{state.new}};
                {% endfor %}
            }
        }
    }
    {% endif %}
    {% for state in states %}
    {% for product in state.products %}
    {{dense.outer(product, product.name, state.keep if loop.first and state.keep else 1, get_array_name(state.var))}}
    {% endfor %}
    {% endfor %}
{% endblock %}
