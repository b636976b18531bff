// The AWS provider that the local stack builds where the Terraform registry does not answer.
// The fork republishes the provider as a Go module; its tag-less version is the one below (= 6.34.0).
// go.sum pins its content, so that no checksum database has to know it.
module bridge.example/provider

go 1.25

require github.com/hashicorp/terraform-provider-aws v1.60.0

replace github.com/hashicorp/terraform-provider-aws => github.com/upbound/terraform-provider-aws v0.0.0-20260305123303-f7691456b787
