"""Importing rosters and lists of candidate projects, from .xlsx and CSV as offices have them.

Bytes become cells (`csvfile`, `workbook`), cells become a table under known columns (`columns`,
`reading`), rows become values (`roster`, `projects`), values are compared with what stands
(`preview`). All of it is pure: nothing here knows the database or the pages.
"""
