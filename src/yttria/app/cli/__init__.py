"""The command line: words in, request, words out."""
