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


def test_role_that_is_held_nowhere_is_named(stage: Stage) -> None:
    stage.cloud.state.granted -= {"iam.serviceAccounts.actAs"}

    refused = stage.deploy(GOOD, "--dry-run")

    assert refused.code == 3
    assert "you may not iam.serviceAccounts.actAs in demo" in refused.err
