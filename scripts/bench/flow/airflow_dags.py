"""The workloads as Airflow's own pages would have them written: one decorated function a task.

Read by Airflow, never by the benchmark. What is a chain here is one in `workload.py` too.
"""

from datetime import datetime

from airflow.sdk import DAG, task


def fibo(n):
    return n if n <= 1 else fibo(n - 1) + fibo(n - 2)


def workload(name, tasks, n, in_a_row):
    with DAG(dag_id=name, schedule=None, start_date=datetime(2026, 1, 1), catchup=False) as dag:
        before = None
        for place in range(tasks):

            @task(task_id=f"task_{place:03}")
            def compute():
                return fibo(n)

            this = compute()
            if in_a_row and before is not None:
                before >> this
            before = this
    return dag


warm_up = workload("warm_up", tasks=4, n=10, in_a_row=True)
row_short = workload("row_short", tasks=40, n=10, in_a_row=True)
row_long = workload("row_long", tasks=10, n=33, in_a_row=True)
wide_short = workload("wide_short", tasks=400, n=10, in_a_row=False)
