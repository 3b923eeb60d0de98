package deploy_test

import data.deploy

request := {"bundle": data.demo.bundle, "artifacts": [data.demo.artifact]}

other := "sha256:0000000000000000000000000000000000000000000000000000000000000000"

test_accept if deploy.allow with input as request

test_refuse if deploy.allow == false with input as object.union(request, {"artifacts": [other]})

test_garbage if {
	deploy.allow == false with input as object.union(request, {"bundle": "garbage"})
	deploy.allow == false with input as {}
	deploy.allow == false with input as null
}

test_missing_root if deploy.allow == false with input as request with data.cretula_trust as {}
