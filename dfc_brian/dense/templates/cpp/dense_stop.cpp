{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    if ({{get_array_name(ticks)}}[0] >= {{get_array_name(wanted)}}[{{first}}])
        Network::_globally_stopped = true;
{% endblock %}
