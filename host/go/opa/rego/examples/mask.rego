# METADATA
# title: Small decision logs
# description: Keeps bundles out of decision logs. The report in a result names the bundle by its SHA-256.
package system.log

mask contains "/input/bundle"

mask contains "/input/blobs"
