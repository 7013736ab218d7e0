"""The grammar of the subset, in one place (lark, LALR)."""

from __future__ import annotations

GRAMMAR = r"""
start: ";"* (statement (";"+ statement)* ";"*)?

?statement: select
    | "SHOW"i _show

_show: show_databases | show_policies | show_measurements | show_tag_keys | show_tag_values
    | show_field_keys | show_series

select: "SELECT"i column ("," column)* "FROM"i source ("," source)* _rest
_rest: where? group? fill? order? _page timezone?
column: expression ("AS"i name)?
group: "GROUP"i "BY"i dimension ("," dimension)*
?dimension: call | variable | STAR -> wildcard | REGEX -> pattern
fill: "FILL"i "(" (name | signed) ")"
order: "ORDER"i "BY"i name? direction?
direction: ASC | DESC
_page: limit? offset? slimit? soffset?
limit: "LIMIT"i INTEGER
offset: "OFFSET"i INTEGER
slimit: "SLIMIT"i INTEGER
soffset: "SOFFSET"i INTEGER
timezone: "TZ"i "(" STRING ")"

show_databases: "DATABASES"i
show_policies: "RETENTION"i "POLICIES"i on?
show_measurements: "MEASUREMENTS"i on? with_measurement? where? by_name? _page
show_tag_keys: "TAG"i "KEYS"i on? from_? where? by_name? _page
show_tag_values: "TAG"i "VALUES"i on? from_? "WITH"i "KEY"i choice where? by_name? _page
show_field_keys: "FIELD"i "KEYS"i on? from_? by_name? _page
show_series: "SERIES"i on? from_? where? by_name? _page
on: "ON"i name
from_: "FROM"i source ("," source)*
by_name: "ORDER"i "BY"i name ASC?
with_measurement: "WITH"i "MEASUREMENT"i choice
choice: EQUALS name -> is_name
    | DIFFERS name -> is_name
    | "IN"i "(" name ("," name)* ")" -> in_names
    | MATCH REGEX -> like
    | NO_MATCH REGEX -> like

source: measurement | name DOT measurement | name DOT name? DOT measurement
?measurement: name | REGEX -> pattern
where: "WHERE"i expression

?expression: conjunction ("OR"i conjunction)+ -> any_of
    | conjunction
?conjunction: comparison ("AND"i comparison)+ -> all_of
    | comparison
?comparison: sum (EQUALS | DIFFERS | COMPARED) sum -> compare
    | sum (MATCH | NO_MATCH) REGEX -> match
    | sum
?sum: product
    | sum (PLUS | MINUS) product -> binary
?product: unary
    | product (STAR | SLASH | PERCENT) unary -> binary
?unary: primary
    | MINUS unary -> negative
    | PLUS unary -> positive
?primary: call
    | variable
    | STAR -> wildcard
    | REGEX -> pattern
    | STRING -> text
    | number
    | "(" expression ")"
call: IDENTIFIER "(" (expression ("," expression)*)? ")"
variable: name ("::" IDENTIFIER)?
?number: DURATION -> duration | DECIMAL -> decimal | INTEGER -> integer
?signed: number | MINUS number -> negative
name: IDENTIFIER | QUOTED

ASC: "ASC"i
DESC: "DESC"i
EQUALS: "="
DIFFERS: "!=" | "<>"
COMPARED: "<=" | ">=" | "<" | ">"
MATCH: "=~"
NO_MATCH: "!~"
DOT: "."
PLUS: "+"
MINUS: "-"
STAR: "*"
SLASH: "/"
PERCENT: "%"
STRING: /'(?:\\[n\\'"]|[^'\\\n])*'/
QUOTED: /"(?:\\[n\\'"]|[^"\\\n])*"/
REGEX: /\/(?:\\\/|[^\/\n])+\//
DURATION.3: /(?:[0-9]+(?:ns|us|ms|[uµsmhdw]))+/
DECIMAL.2: /[0-9]+\.[0-9]*|\.[0-9]+/
INTEGER.1: /[0-9]+/
IDENTIFIER: /[A-Za-z_][A-Za-z0-9_]*/i

%ignore /\s+/
%ignore /--[^\n]*/
"""
