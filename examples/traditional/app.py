from pyramid_scheduler import schedule
import time

def job():
    print("Running scheduled task")

schedule.every(1).minutes.do(job)

while True:
    schedule.run_pending()
    time.sleep(1)
