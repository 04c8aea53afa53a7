"""The same rules by other means, each as its users would write it; a process of its own measures each."""
