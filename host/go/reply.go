package cretula

import (
	"encoding/json/jsontext"
	"time"
)

// Replies to actions, cretula/reply/v1 documents.

func replyTo(id uint64) object { return object{}.text("schema", "cretula/reply/v1").uint("id", id) }

// againReply takes up a run.
func againReply(deadline time.Time) object {
	reply := replyTo(0).text("type", "again")
	if !deadline.IsZero() {
		reply = reply.uint("deadline", seconds(deadline))
	}
	return reply
}

func keyReply(id uint64, key KeyDescription) object {
	chain := key.Chain
	if chain == nil {
		chain = [][]byte{}
	}
	return replyTo(id).binary("publicKey", key.PublicKey).text("algorithm", key.Algorithm).text("keyId", key.ID).
		textUnlessEmpty("version", key.Version).value("chain", chain)
}

func signatureReply(id uint64, signature KeySignature) object {
	return replyTo(id).binary("signature", signature.Bytes).text("encoding", signature.Encoding).
		textUnlessEmpty("version", signature.Version)
}

func keyErrorReply(id uint64, err *KeyError) object {
	failed := object{}.text("kind", string(err.Kind))
	if err.RetryAfter > 0 {
		failed = failed.uint("retryAfterMs", uint64(min(err.RetryAfter.Milliseconds(), 1<<31)))
	}
	return replyTo(id).object("error", failed)
}

func exchangeReply(id uint64, replies []serviceReply) object {
	return replyTo(id).value("replies", replies)
}

func configReply(id uint64, trust jsontext.Value) object {
	if trust == nil {
		return replyTo(id).object("error", object{}.text("kind", "unavailable"))
	}
	return replyTo(id).raw("trust", trust)
}
