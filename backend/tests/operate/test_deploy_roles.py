"""deploy.sh with roles on single resources, as Terraform grants them, and without them."""

from __future__ import annotations

from tests.operate.stage import GOOD, SERVICE, Stage

ON_RESOURCES = ("secretmanager.versions.access", "iam.serviceAccounts.actAs")


def test_roles_on_single_resources_are_enough(stage: Stage) -> None:
    stage.cloud.state.granted -= {*ON_RESOURCES}
    stage.cloud.state.granted_below |= {*ON_RESOURCES}

    checked = stage.deploy(GOOD, "--dry-run", ASKDOCS_DEPLOYMENT__SERVICE_ACCOUNT="askdocs@demo.example.com")

    assert checked.code == 0, checked.err
    looked_up = {request for request in stage.cloud.state.requests if request.endswith(":testIamPermissions")}
    assert looked_up == {
        "POST /v1/projects/demo:testIamPermissions",
        f"POST /v1/projects/demo/secrets/{SERVICE}-metrics-token:testIamPermissions",
        "POST /v1/projects/demo/serviceAccounts/askdocs@demo.example.com:testIamPermissions",
    }


def test_what_is_missing_to_build_and_to_deploy_is_named(stage: Stage) -> None:
    stage.cloud.state.granted -= {"iam.serviceAccounts.actAs", "cloudbuild.builds.create"}
    stage.cloud.state.enabled -= {"cloudbuild.googleapis.com"}

    refused = stage.call("deploy.sh", "demo", "--skip-backup", "a test", "--dry-run")

    assert refused.code == 3
    assert "you may not iam.serviceAccounts.actAs, cloudbuild.builds.create in demo" in refused.err
    assert "the API cloudbuild.googleapis.com is off" in refused.err
