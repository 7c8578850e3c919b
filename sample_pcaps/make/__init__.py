"""How the samples are made: `python -m sample_pcaps.make [name …]`, in the root of the checkout.

A sample is recorded between two Linux kernels where a kernel can be made to do it (this needs root), and else
compiled from the packet script beside it. What a sample shows is said once, where it is made.
"""
