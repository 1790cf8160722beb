from pyramid.config import Configurator
from pyramid_scheduler import scheduler, task

@task(interval=10) # 10초마다 실행되는 작업
def job():
    print("Running scheduled task")

def main(global_config, **settings):
    config = Configurator(settings=settings)
    config.include('pyramid_scheduler')
    scheduler.register_task(job)
    config.add_request_method(lambda r: scheduler, 'scheduler', reify=True)
    config.scan()
    return config.make_wsgi_app()
