"""WHERE a claimed run is executed. A new executor is a module here (``interfaces.Executor``)."""
