"""Pages of chains and of their leaders."""

from django.urls import path

from chains.web import leader

urlpatterns = [
    path("chains/", leader.chain_list, name="chain-list"),
    path("chains/<slug:slug>/", leader.chain_show, name="chain-show"),
    path("chains/<slug:slug>/nodes/<int:node_pk>/", leader.node_show, name="node-show"),
    path("leader/<int:pk>/", leader.lead, name="leader-show"),
]
