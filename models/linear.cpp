// The models come next.
