"""Staff on call are paged about warning signs until somebody takes them."""
