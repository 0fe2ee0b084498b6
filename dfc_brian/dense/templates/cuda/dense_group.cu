{# Templates of dense synapses have kernels of their own, in the place of Brian2CUDA's single one. #}
{% extends 'common_group.cu' %}
{% block kernel %}
{% endblock %}
{% block define_N %}
{% endblock %}
{% block prepare_kernel %}
{% endblock %}
{% block kernel_call %}
{% endblock %}
