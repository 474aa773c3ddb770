"""The links of views: which of a page's state stands in its URL, and how."""
