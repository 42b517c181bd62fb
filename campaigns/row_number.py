"""A row's number in an address: no longer than a database can hold, or the address is none of ours."""

from django.urls import register_converter
from django.urls.converters import IntConverter


class RowNumber(IntConverter):
    """``<row:…>``: up to 18 digits, which fits 64 bits."""

    regex = "[0-9]{1,18}"


register_converter(RowNumber, "row")
