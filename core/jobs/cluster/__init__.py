"""Runs on the nodes of a Ray cluster, one actor per device, over the same workers as here.

Three processes take part. The manager's (`ray_fleet`, `remote_worker`) never imports Ray: losing a
cluster ends every process that is connected to it, and a dashboard must survive that. The bridge
(`bridge`) is connected and passes messages on. On each node an actor (`node`) starts the worker.
"""
