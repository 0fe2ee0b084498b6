{# USES_VARIABLES { N, _dense_cuda } #}
{% extends 'dense_group.cu' %}
{# The host's own copies, for which it need not wait. #}
{% block kernel_call %}
    if ({{get_array_name(ticks, prefix='')}}[0] >= {{get_array_name(wanted, prefix='')}}[{{first}}])
        Network::_globally_stopped = true;
{% endblock %}
