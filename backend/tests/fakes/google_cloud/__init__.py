"""A stand-in for Google Cloud that the unmodified `gcloud` talks to: Cloud Run, its jobs, Cloud Build, Cloud
Storage, Secret Manager, Artifact Registry, Service Usage, and the question what somebody may do.

It is an HTTP proxy, because gcloud puts the region in front of Cloud Run's host name. In a test:

    with google_cloud.running(tmp_path, environment={…}) as cloud:
        cloud.state.images["sha256:…"] = "good"
        subprocess.run(["gcloud", "run", "deploy", …], env=os.environ | cloud.client())

Revisions and executions are real `askdocs` processes with the environment and secrets of their template.
"""

from tests.fakes.google_cloud.front import Cloud, running
from tests.fakes.google_cloud.state import PROJECT, REGION, Fault

__all__ = ["PROJECT", "REGION", "Cloud", "Fault", "running"]
