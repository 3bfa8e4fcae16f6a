"""Writes jinja.json: what Python's Jinja, set up as Hugging Face sets it up, makes of small templates.

    pip install jinja2==3.1.6
    python make_jinja.py

Each case is a snippet and its output, or null where Jinja raises. All see the same context.
"""

import datetime
import json
from pathlib import Path

import jinja2
import jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment

CONTEXT = {
    "bos_token": "<s>",
    "eos_token": "</s>",
    "add_generation_prompt": True,
    "none": None,
    "yes": True,
    "no": False,
    "n": 7,
    "f": 2.5,
    "s": "  Hello, World  ",
    "w": "hello world",
    "lines": "one\ntwo\r\nthree\n",
    "uni": "Ünïcödé 🦙 ß",
    "html": "<a href=\"x\">&'</a>",
    "l": [3, 1, 2],
    "words": ["b", "A", "c", "a"],
    "e": [],
    "d": {"b": 1, "a": [1, {"x": "y"}], "c": None, "items_": "i"},
    "ed": {},
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi <|end|>"},
        {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": {"q": "é", "n": 1.0}}}]},
        {"role": "tool", "content": [{"type": "text", "text": "42"}, {"type": "image"}]},
        {"role": "user", "content": "Bye"},
    ],
    "tools": [
        {"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object", "required": ["q"]}}}
    ],
}

SNIPPETS = r"""
{{ s.strip() }}|{{ s.lstrip() }}|{{ s.rstrip() }}|{{ w.strip('hd') }}|{{ w.lstrip('he') }}|{{ w.rstrip('dl') }}
{{ s | trim }}|{{ w | upper }}|{{ w | title }}|{{ w | capitalize }}|{{ w.title() }}|{{ w.capitalize() }}|{{ w.upper() }}|{{ 'ABC'.lower() }}
{{ w.split() }}|{{ w.split('o') }}|{{ w.split('o', 1) }}|{{ ' a  b '.split() }}|{{ ' a  b '.split(' ') }}|{{ w.split('x')[0] }}|{{ ''.split() }}|{{ ''.split(',') }}
{{ w.rsplit('o', 1) }}
{{ w.partition(' ') }}
{{ w.rpartition('o') }}
{{ 'a-b-c'.rsplit('-', 1)[0] }}
{{ w.startswith('he') }}|{{ w.endswith('ld') }}|{{ w.startswith(('x', 'he')) }}|{{ w.endswith(('x', 'd')) }}
{{ w.find('o') }}|{{ w.find('x') }}|{{ w.rfind('o') }}|{{ w.count('o') }}|{{ w.index('o') }}
{{ w.replace('o', '0') }}|{{ w.replace('o', '0', 1) }}|{{ w | replace('l', 'L') }}|{{ w | replace('l', 'L', 1) }}
{{ lines.splitlines() }}|{{ lines.splitlines(true) }}
{{ lines.split('\n') }}
{{ '-'.join(words) }}|{{ words | join(', ') }}|{{ l | join }}|{{ messages | map(attribute='role') | join(',') }}|{{ messages | join('/', attribute='role') }}
{{ 'abc'.isdigit() }}|{{ '12'.isdigit() }}|{{ '12'.isnumeric() }}|{{ 'ab1'.isalnum() }}|{{ 'ab'.isalpha() }}|{{ ' '.isspace() }}|{{ 'ab'.islower() }}|{{ 'AB'.isupper() }}
{{ 'x'.zfill(3) }}
{{ 'x'.center(5) }}|{{ 'x'.ljust(3) }}|{{ 'x'.rjust(3) }}
{{ w | center(20) }}
{{ 'a{}b{}'.format(1, 'x') }}
{{ '{0}-{1}-{0}'.format('a', 'b') }}
{{ '{name}'.format(name='z') }}
{{ '%s is %d and %.2f' % ('x', 3, 2.5) }}
{{ '%s' % 'x' }}|{{ '%d%%' % 5 }}|{{ '%05d|%5s|%-5s|' % (42, 'a', 'b') }}
{{ '%s and %s' | format('a', 'b') }}
{{ '%(k)s' % {'k': 1} }}
{{ 'removeprefix'.removeprefix('remove') }}|{{ 'a.py'.removesuffix('.py') }}
{{ w.swapcase() }}
{{ 'abc'[0] }}|{{ 'abc'[-1] }}|{{ 'abcdef'[1:3] }}|{{ 'abcdef'[::-1] }}|{{ 'abcdef'[::2] }}|{{ 'abcdef'[-3:] }}|{{ 'abc'[:10] }}|{{ uni[:3] }}
{{ l[::-1] }}|{{ l[1:] }}|{{ l[:-1] }}|{{ l[-1] }}|{{ l[5:] }}|{{ l[::2] }}
{{ messages[1:] | length }}|{{ messages[::-1][0].role }}|{{ messages[-1]['content'] }}|{{ messages[0]['role'] }}
{{ 'abc'[5] }}
{{ l[10] }}
{{ l[10] is defined }}
{{ d.b }}|{{ d['b'] }}|{{ d.get('b') }}|{{ d.get('zz') }}|{{ d.get('zz', 'def') }}|{{ d.zz }}|{{ d.zz is defined }}
{{ d.items() | list }}
{{ d | items | list }}
{{ d.keys() | list }}|{{ d.values() | list }}
{{ d | list }}|{{ d | length }}|{{ ed | length }}
{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}
{% for k, v in d | dictsort %}{{ k }}={{ v }};{% endfor %}
{% for k in d %}{{ k }};{% endfor %}
{% for k, v in d | items %}{{ loop.index }}{{ k }};{% endfor %}
{{ d | dictsort(false, 'key', true) | map('first') | list }}
{{ {'b': 2, 'a': 1} | dictsort(by='value') }}
{{ 'a' in d }}|{{ 'zz' in d }}|{{ 'zz' not in d }}|{{ 1 in l }}|{{ 'lo' in w }}|{{ 'x' not in w }}|{{ '' in w }}
{{ 'x' in none }}
{{ 1 in n }}
{{ undefined_thing }}|{{ undefined_thing is defined }}|{{ undefined_thing is undefined }}|{{ undefined_thing == none }}|{{ not undefined_thing }}
{{ undefined_thing.x }}
{{ undefined_thing['x'] }}
{{ undefined_thing | default('d') }}|{{ '' | default('d') }}|{{ '' | default('d', true) }}|{{ none | default('d') }}|{{ none | default('d', boolean=true) }}|{{ undefined_thing or 'x' }}
{{ undefined_thing | default(none) }}|{{ no | default(none, true) }}|{{ 'x' | int(default=none) }}
{{ undefined_thing ~ 'x' }}
{{ undefined_thing + 'x' }}
{{ 'x' + undefined_thing }}
{{ undefined_thing() }}
{{ undefined_thing | length }}
{{ undefined_thing | upper }}|{{ undefined_thing | trim }}
{% for x in undefined_thing %}x{% else %}empty{% endfor %}
{{ 'x' in undefined_thing }}
{{ undefined_thing == 'x' }}|{{ undefined_thing != 'x' }}
{{ undefined_thing > 1 }}
{{ d.nope.deeper }}
{{ none }}|{{ yes }}|{{ no }}|{{ n }}|{{ f }}|{{ l }}|{{ d }}|{{ words }}|{{ e }}|{{ ed }}
{{ none.x }}
{{ none | length }}
{{ none ~ '' }}|{{ yes ~ 1 }}|{{ 1.0 ~ '' }}|{{ l ~ '' }}
{{ true }}|{{ True }}|{{ false }}|{{ False }}|{{ none }}|{{ None }}
{{ 1 + 2 }}|{{ 7 / 2 }}|{{ 6 / 2 }}|{{ 7 // 2 }}|{{ -7 // 2 }}|{{ 7 % 3 }}|{{ -7 % 3 }}|{{ 2 ** 10 }}|{{ 7.5 // 2 }}|{{ 2 ** 0.5 }}|{{ 2 ** -1 }}
{{ 1 / 0 }}
{{ 1 // 0 }}
{{ 1 % 0 }}
{{ 'a' * 3 }}|{{ 3 * 'a' }}|{{ [1] * 3 }}|{{ 'a' * 0 }}|{{ 'a' * -1 }}
{{ 'a' + 1 }}
{{ 1 + 'a' }}
{{ 'a' + 'b' }}|{{ [1] + [2] }}|{{ 1 ~ 2 }}|{{ 'a' ~ 1 ~ none ~ true }}
{{ (1, 2) + (3,) }}
{{ (1, 2) }}|{{ (1,) }}|{{ () }}|{{ [1, 'a', none, true, 1.5] }}
{{ {'a': 1, 'b': [1, 2], 3: 'x'} }}
{{ "it's" }}|{{ ["it's", 'a"b', 'a\nb', 'é', '\\'] }}
{{ -n }}|{{ +n }}|{{ not yes }}|{{ not not yes }}|{{ n - 1 }}|{{ n-1 }}
{{ 1 < 2 }}|{{ 1 < 2 < 3 }}|{{ 3 > 2 > 2 }}|{{ 1 == 1.0 }}|{{ 'a' < 'b' }}|{{ [1, 2] < [1, 3] }}|{{ yes == 1 }}|{{ '1' == 1 }}
{{ 'a' < 1 }}
{{ none == none }}|{{ none != 1 }}|{{ none is none }}|{{ n is not none }}
{{ 'x' if yes else 'y' }}|{{ 'x' if no else 'y' }}|{{ 'x' if no }}|{{ ('x' if no) is defined }}
{{ yes and 'a' }}|{{ no and 'a' }}|{{ no or 'b' }}|{{ '' or none }}|{{ n and l }}|{{ e or 'empty' }}
{{ 'a' if l else 'b' }}|{{ 'a' if e else 'b' }}|{{ 'a' if ed else 'b' }}|{{ 'a' if '' else 'b' }}|{{ 'a' if 0 else 'b' }}|{{ 'a' if 0.0 else 'b' }}
{{ n is number }}|{{ f is number }}|{{ yes is number }}|{{ n is integer }}|{{ f is float }}|{{ yes is boolean }}|{{ yes is integer }}|{{ w is string }}|{{ n is string }}
{{ l is iterable }}|{{ w is iterable }}|{{ n is iterable }}|{{ d is iterable }}|{{ none is iterable }}|{{ undefined_thing is iterable }}
{{ l is sequence }}|{{ w is sequence }}|{{ d is sequence }}|{{ n is sequence }}|{{ none is sequence }}|{{ (1,2) is sequence }}
{{ d is mapping }}|{{ l is mapping }}|{{ w is mapping }}|{{ messages[0] is mapping }}
{{ n is odd }}|{{ n is even }}|{{ n is divisibleby 7 }}|{{ n is divisibleby(2) }}
{{ w is lower }}|{{ 'AB' is upper }}|{{ n is eq 7 }}|{{ n is equalto 7 }}|{{ n is gt 3 }}|{{ n is in [1, 7] }}|{{ n is not in [1] }}|{{ 'a' is ne 'b' }}
{{ raise_exception is callable }}|{{ n is callable }}|{{ undefined_thing is not defined }}
{{ yes is true }}|{{ no is false }}|{{ 1 is true }}|{{ n is none }}|{{ yes is sameas true }}
{{ w is filter }}|{{ 'upper' is filter }}|{{ 'odd' is test }}
{{ l | first }}|{{ l | last }}|{{ e | first }}|{{ l | length }}|{{ l | count }}|{{ l | sum }}|{{ l | min }}|{{ l | max }}|{{ e | sum }}
{{ l | sort }}|{{ l | sort(reverse=true) }}|{{ words | sort }}|{{ words | sort(case_sensitive=true) }}|{{ messages | sort(attribute='role') | map(attribute='role') | list }}
{{ l | reverse | list }}|{{ w | reverse }}|{{ l | unique | list }}|{{ [1, 1, 2] | unique | list }}
{{ words | unique | list }}
{{ l | map('string') | list }}|{{ words | map('upper') | join }}|{{ l | select('odd') | list }}|{{ l | reject('odd') | list }}|{{ l | select('gt', 1) | list }}
{{ [0, 1, '', 'a', none] | select | list }}|{{ [0, 1] | reject | list }}
{{ messages | selectattr('role', 'equalto', 'user') | list | length }}|{{ messages | selectattr('tool_calls', 'defined') | map(attribute='role') | list }}|{{ messages | rejectattr('role', 'eq', 'system') | map(attribute='role') | list }}
{{ messages | selectattr('role', 'in', ['user', 'tool']) | map(attribute='role') | join(',') }}|{{ messages | selectattr('tool_calls') | list | length }}
{{ messages | selectattr('role', '==', 'user') | first }}
{{ (messages | selectattr('role', '==', 'nobody') | first) is defined }}
{{ messages | map(attribute='tool_calls', default='-') | list | length }}
{{ messages | map(attribute='content') | first }}|{{ messages | map(attribute='content.0.text', default='x') | list | last }}
{{ messages | map('length') | list }}
{{ messages | groupby('role') | map('first') | list }}
{% for role, group in messages | groupby('role') %}{{ role }}:{{ group | length }};{% endfor %}
{{ l | batch(2) | list }}|{{ l | slice(2) | list }}
{{ n | string }}|{{ '12' | int }}|{{ '12.5' | float }}|{{ 'x' | int }}|{{ 'x' | int(9) }}|{{ f | int }}|{{ '0x1f' | int(0, 16) }}|{{ 3 | float }}|{{ n | string | length }}
{{ 2.5 | round }}|{{ 3.14159 | round(2) }}|{{ 2.4 | round(0, 'ceil') }}|{{ 2.6 | round(method='floor') }}|{{ -3 | abs }}|{{ 7 | round }}
{{ html | e }}|{{ html | escape }}|{{ html | safe }}|{{ html }}
{{ w | wordcount }}
{{ 'a b c d e f' | truncate(5) }}
{{ 'abc' | list }}|{{ d | list }}|{{ (1, 2) | list }}|{{ 'abc' | first }}|{{ 'abc' | last }}
{{ 'a\nb' | indent }}|{{ 'a\nb' | indent(2) }}|{{ 'a\nb' | indent(2, true) }}|{{ 'a\n\nb' | indent(2) }}|{{ 'a\nb' | indent(first=true, width=1) }}
{{ '{\n' | indent(4, first=true) }}|{{ 'a\n' | indent(2) }}|{{ 'a\n\n' | indent(2, true) }}|{{ '\n' | indent(2, true) }}|{{ '' | indent(2, true) }}|{{ 'a\n \n\nb' | indent(2, blank=true) }}|{{ 'a\n\nb' | indent('> ', first=true) }}
{{ [[1, 2], [3]] | sum(start=[]) }}
{{ [{'v': 1}, {'v': 2}] | sum(attribute='v') }}
{{ {'a': 1} | tojson }}|{{ l | tojson }}|{{ 'é<>&\'"' | tojson }}|{{ none | tojson }}|{{ yes | tojson }}|{{ 1.0 | tojson }}|{{ d | tojson }}
{{ d | tojson(indent=2) }}
{{ d | tojson(indent=4, sort_keys=true) }}
{{ l | tojson(indent=0) }}|{{ {} | tojson(indent=2) }}|{{ [] | tojson(indent=2) }}
{{ d | tojson(separators=(',', ':')) }}
{{ tools | tojson }}
{{ tools[0].function | tojson(indent=4) }}
{{ messages[2].tool_calls[0].function.arguments | tojson }}
{{ undefined_thing | tojson }}
{{ (1, 2) | tojson }}
{{ 'x' | tojson | safe }}|{{ d | tojson | length }}
{% set x = 1 %}{{ x }}{% set x = x + 1 %}{{ x }}
{% set a, b = 1, 2 %}{{ a }}{{ b }}
{% set a, b = l[:2] %}{{ a }}{{ b }}
{% set x %}block {{ n }}{% endset %}[{{ x }}]
{% set x | upper %}block{% endset %}[{{ x }}]
{% set ns = namespace(found=false, count=0) %}{% for m in messages %}{% if m.role == 'user' %}{% set ns.found = true %}{% set ns.count = ns.count + 1 %}{% endif %}{% endfor %}{{ ns.found }}{{ ns.count }}
{% set ns = namespace() %}{% set ns.x = 'a' %}{{ ns.x }}{{ ns.y is defined }}{{ ns.y }}
{% set ns = namespace({'a': 1}, b=2) %}{{ ns.a }}{{ ns.b }}{{ ns['a'] }}
{% set ns = namespace(l=[]) %}{% for x in l %}{% set ns.l = ns.l + [x * 2] %}{% endfor %}{{ ns.l }}
{% set x = 1 %}{% for i in l %}{% set x = i %}{% endfor %}{{ x }}
{% set x = 1 %}{% if yes %}{% set x = 2 %}{% endif %}{{ x }}
{% for m in messages %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }};{% endfor %}
{% for m in messages %}{{ loop.previtem.role if loop.previtem is defined }}>{{ m.role }}>{{ loop.nextitem.role if loop.nextitem is defined }};{% endfor %}
{% for m in messages %}{% if not loop.first and loop.previtem.role != m.role %}!{% endif %}{{ loop.cycle('a', 'b') }}{% endfor %}
{% for x in l if x > 1 %}{{ x }}{{ loop.last }}{% else %}none{% endfor %}
{% for x in e %}{{ x }}{% else %}none{% endfor %}
{% for x in l %}{% for y in l %}{{ loop.index }}{% endfor %}{{ loop.index }};{% endfor %}
{% for x in l %}{% set outer = loop %}{% for y in words %}{{ outer.index }}{{ loop.index }} {% endfor %}{% endfor %}
{% for x in l %}{{ loop.changed(x > 1) }}{% endfor %}{% for x in l %}{{ loop.depth }}{{ loop.depth0 }}{% endfor %}
{% for x in [[1, [2, [3]]]] recursive %}{{ loop.depth }}{% if x is iterable %}({{ loop(x) }}){% else %}{{ x }}{% endif %}{% endfor %}
{% for x in l %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}|{% for x in l %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% endfor %}
{% for c in 'abc' %}{{ c }}-{% endfor %}
{% for x in range(3) %}{{ x }}{% endfor %}|{% for x in range(1, 7, 2) %}{{ x }}{% endfor %}|{% for x in range(3, 0, -1) %}{{ x }}{% endfor %}|{{ range(3) | list }}
{% for x in n %}{{ x }}{% endfor %}
{% for x in none %}{{ x }}{% endfor %}
{% for a, b in [(1, 2), (3, 4)] %}{{ a }}{{ b }}{% endfor %}|{% for a, (b, c) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}
{% macro m(a, b='d', c=none) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(1) }}|{{ m(1, 2) }}|{{ m(1, c=3) }}|{{ m('x', b='y') | upper }}
{% macro m(a) %}[{{ a }}]{% endmacro %}{{ m() }}|{% set r = m('z') %}{{ r }}{{ r | length }}{{ r is string }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(b=2) }}
{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, x=3) }}
{% macro m() %}{{ caller() }}!{% endmacro %}{% call m() %}body{% endcall %}
{% macro m(xs) %}{% for x in xs %}{% if x is iterable %}{{ m(x) }}{% else %}{{ x }}{% endif %}{% endfor %}{% endmacro %}{{ m([1, [2, [3]]]) }}
{% macro m() %}{{ n }}{{ x }}{% endmacro %}{% set x = 5 %}{{ m() }}
{% macro a(x) -%}   {{ x }}   {%- endmacro %}[{{ a('y') }}]{{ a.name }}{{ a.arguments }}
{% filter upper %}abc{{ w }}{% endfilter %}
{% with a = 1, b = 2 %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}
{% if n > 5 %}big{% elif n > 3 %}mid{% else %}small{% endif %}
{% if w == 'hello world' and (n == 7 or no) and not no %}yes{% endif %}
{% if messages[0].role == 'system' %}{% set sys = messages[0].content %}{% set rest = messages[1:] %}{% else %}{% set rest = messages %}{% endif %}{{ sys }}{{ rest | length }}
{% if messages[0]['content'] is string %}s{% endif %}{% if messages[3]['content'] is not string %}l{% endif %}{% if messages[3].content is iterable and messages[3].content is not mapping %}i{% endif %}
{% if tools is defined and tools %}t{% endif %}{% if tools is not none and tools | length > 0 %}t{% endif %}{% if toolz is defined %}z{% endif %}
{# comment #}a{#- c -#} b
{% raw %}{{ x }}{% endraw %}
a {%- if yes %} b {% endif -%} c
{% if yes %}
x
{% endif %}
y
    {% if yes %}
  x
    {% endif %}
    {%- if yes -%}   z   {%- endif %}
{{ 'a' -}}   b   {{- 'c' }}
{%+ if yes %}x{% endif %}
{{ raise_exception('no') }}
{{ strftime_now('%d %b %Y') }}|{{ strftime_now('%Y-%m-%d %H:%M:%S') }}|{{ strftime_now('%B %-d, %A %j %y %I %p %%') }}
{{ dict(a=1, b=2) }}|{{ dict([('a', 1)]) }}|{{ dict(d, z=1) | length }}
{{ cycler('a', 'b').next() }}
{% set j = joiner(', ') %}{{ j() }}a{{ j() }}b
{{ lipsum is defined }}|{{ range is callable }}
{% generation %}x{{ n }}{% endgeneration %}
{%- generation -%} x {%- endgeneration -%} y
{{ 'a,b'.split(',') | last }}|{{ (w.split('</think>') | last).lstrip('\n') }}|{{ w.split(' ')[-1].strip() }}
{% set content = '<think>hm</think>\n\nanswer' %}{{ content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') }}|{{ content.split('</think>')[-1].lstrip('\n') }}
{{ l.index(1) }}|{{ l.count(1) }}
{{ l.append(4) }}
{{ d.update({'z': 1}) }}
{{ l.copy() }}|{{ d.copy() }}
{{ d.pop('b') }}
{{ 10 | string ~ 'x' }}|{{ '5' | int + 1 }}|{{ (n | string) + 'x' }}
{{ 1_000 }}|{{ 1e3 }}|{{ 0x10 }}|{{ 0b11 }}|{{ 0o17 }}|{{ 1.5e-7 }}|{{ 1e100 }}|{{ 123456789012345678901234567890 }}
{{ 0.1 + 0.2 }}|{{ 1e16 }}|{{ 1e15 }}|{{ 1.0 }}|{{ 100000.0 }}|{{ 0.0001 }}|{{ 0.00001 }}|{{ -0.0 }}
{{ 3 | filesizeformat }}
{{ 'aXb' | lower }}|{{ 5 | upper }}|{{ none | upper }}|{{ true | lower }}
{{ w[0] | upper + w[1:] }}|{{ w[0].upper() ~ w[1:] }}
{{ [1, 2, 3][1:] + [4] }}|{{ ([1] + [2])[0] }}|{{ {'a': {'b': 1}}.a.b }}|{{ {'a': 1}['a'] }}
{{ 'a' 'b' }}|{{ "x" "y" ~ 'z' }}
{{ "tab\there\x41\u00e9\n" }}|{{ 'a\'b' }}|{{ "a\"b" }}|{{ '\d' }}
{{ messages[0] }}
{{ messages[3].content }}
{% for c in messages[3].content %}{% if c.type == 'text' %}{{ c.text }}{% elif c['type'] == 'image' %}<img>{% endif %}{% endfor %}
{% for c in messages[3].content %}{% if 'text' in c %}{{ c['text'] }}{% else %}{{ c.keys() | list }}{% endif %}{% endfor %}
{{ messages[2].tool_calls[0]['function']['arguments'].items() | list }}|{% for k, v in messages[2].tool_calls[0].function.arguments | items %}{{ k }}:{{ v | string }};{% endfor %}
{{ bos_token }}{{ eos_token }}{{ bos_token + 'x' }}{{ bos_token ~ n }}
{{ (messages | length) - 1 }}|{{ messages | length - 1 }}|{{ messages|length % 2 == 0 }}|{{ (loop is defined) }}
{{ loop }}
{{ self is defined }}
{{ 'x' | nosuchfilter }}
{{ 'x' is nosuchtest }}
{{ w.nosuchmethod() }}
{{ n.strip() }}
{{ d.nosuch() }}
{{ l | pprint }}
{{ ''.__class__ }}
{% block b %}in block{% endblock %}
{% do l %}
{% include 'x' %}
{% import 'x' as y %}
{% extends 'x' %}
{% for %}
{{ }}
{{ x y }}
{% if yes %}
{{ 'abc'.encode() }}
{{ [l, l] | map('sum') | list }}
{{ words | map('replace', 'a', 'X') | list }}
{{ l | map('abs') | sum }}
{{ d | xmlattr }}
{{ 'http://a.b c' | urlencode }}
{{ {'a': 'x y'} | urlencode }}
{{ '<b>x</b> y' | striptags }}
{{ 'hello' | wordwrap(2) }}
{{ l | random is number }}
{{ [3, 'a'] | sort }}
{{ [none, 1] | max }}
{{ e | max }}
{{ e | max is defined }}
{{ e[0] is defined }}|{{ e[0] }}
{{ e[0].x }}
{{ l.0 }}|{{ l['0'] }}
{{ d[none] }}|{{ d[0] }}
{{ l['a'] }}
{{ l[1.0] }}
{{ w['upper']() }}
{{ {'keys': 5}.get('keys') }}
{{ 5 if undefined_thing else 6 }}|{{ undefined_thing if undefined_thing is defined else 'q' }}
{{ 'a' < 'B' }}|{{ 'a' == "a" }}|{{ [1] == [1] }}|{{ (1,) == [1] }}|{{ {} == {} }}|{{ {'a': 1} == {'a': 1.0} }}
{{ not n == 7 }}|{{ n not in [7] }}|{{ -2 ** 2 }}|{{ 2 ** 3 ** 2 }}|{{ 1 - 1 - 1 }}|{{ 'a' ~ 'b' + 'c' }}|{{ 1 + 2 ~ 3 }}|{{ 2 * 3 % 4 }}
{{ n > 5 and n < 10 }}|{{ (n > 5) is true }}|{{ n is number and n > 5 }}|{{ not (n is string) }}|{{ n is not string }}
{{ w | length > 5 }}|{{ w | upper | length }}|{{ (w ~ w) | length }}|{{ w ~ w | upper }}|{{ 'a' + 'b' | upper }}
{{ uni | length }}|{{ uni | upper }}|{{ uni.lower() }}|{{ uni | reverse }}|{{ uni | capitalize }}|{{ 'ß'.upper() }}|{{ uni.title() }}
{{ 'don\'t stop' | title }}|{{ "they're bill's" .title() }}|{{ 'x-y_z' | title }}
{{ "a" "b".upper() }}|{{ ('a' ~ 'b').upper() }}|{{ 'AbC'.casefold() }}
{{ 'a\tb'.expandtabs(4) }}
{{ 'mississippi'.translate({115: 'z'}) }}
{{ w.split(maxsplit=1) }}|{{ w.split(sep='o') }}
{{ 'a b c'.split(' ', maxsplit=1) }}
{{ w.replace('o', 'a').replace('l', 'r').split(' ') | join('_') }}
{{ tools | map(attribute='function') | map(attribute='name') | list }}|{{ tools | map(attribute='function.name') | list }}
{{ tools[0].function.parameters.required | join }}|{{ tools[0]['function'].parameters.properties }}|{{ tools[0].function.parameters.properties is defined }}
{% for tool in tools %}{%- set tool = tool.function if tool.function is defined else tool -%}{{ tool.name }}{% endfor %}
{%- for t in tools -%}{{- '{"name": "' + t.function.name + '", ' -}}{{- '"x": ' + (t.function.parameters | tojson) + '}' -}}{%- if not loop.last -%},{%- endif -%}{%- endfor -%}
{{ messages | tojson }}
{% set found = [] %}{% for m in messages if m.role == 'user' %}{% set found = found + [m] %}{% endfor %}{{ found | length }}
{% set last = messages | selectattr('role', 'equalto', 'user') | list | last %}{{ last.content }}
{{ namespace(a=1) }}
{{ (n, w)[1] }}|{{ {'k': (1, 2)}.k[0] }}
{{ [1, 2] | last + 1 }}|{{ [[1, 2], [3, 4]] | map('last') | list }}|{{ [[1, 2], [3, 4]] | map(attribute=0) | list }}|{{ [[1, 2], [3, 4]] | map(attribute='1') | list }}
{{ '' ~ n / 2 }}|{{ (n / 2) | int }}|{{ n / 7 }}
{{ 'A' if n == 7 else 'B' if n == 8 else 'C' }}|{{ ('A' if n == 8 else 'B') ~ '!' }}
{% set x = {'a': 1} %}{% set _ = x.update({'b': 2}) %}{{ x }}
{% set x = [] %}{% set _ = x.append(1) %}{{ x }}
{{ messages[99].role }}
{{ messages[0].content[:2] }}{{ messages[0].content[2:4] }}{{ messages[0].content.split('.')[0] }}
{{ namespace is defined }}|{{ raise_exception is defined }}|{{ strftime_now is defined }}|{{ nosuchfunction is defined }}
{{ '\\n' }}|{{ "\\" }}|{{ '{{' }}|{{ '%}' }}|{{ "{%" }}
{{ n == 7 == true }}|{{ 1 in [1] == true }}
{{ "a" if true else "b" }}{{- "c" -}} d
{%- set x = "y" -%} {{ x }} {%- if x == "y" -%} z {%- endif -%}
"""
# Some snippets have several lines.
BLOCKS = [
    "{% for m in messages %}\n{{ m.role }}\n{% endfor %}\nend\n",
    "{%- for m in messages %}\n    {%- if m.role == 'user' %}\n{{ m.content }}\n    {%- endif %}\n{%- endfor %}\n",
    "  {% set x = 1 %}\n{{ x }}\n\n  {{ x }}\n",
    "a\n  {#- c #}\nb\n{# d #}\ne\n",
    "{% if yes -%}\n   x\n{%- endif %}\n\n",
    "{{ 'x' }}\n{{ 'y' -}}\n\n{{ 'z' }}\n\n",
    "{% macro m(x) %}\n<{{ x }}>\n{% endmacro %}\n{{ m(1) }}\n{{- m(2) }}\n",
    "{{ {\n  'a': 1,\n  'b': [1,\n 2,],\n} }}",
    "{% raw %}\n{{ a }}\n{% endraw %}\n{{ n }}",
    "line\n{%+ if yes %}x{% endif %}\n  {%+ set y = 2 %}{{ y }}\n",
    "",
    "\n",
    "\n\n",
    "x\n",
    "x\n\n",
    "\r\n{{ n }}\r\n{% if yes %}\r\nz\r\n{% endif %}\r\n",
]


class Generation(jinja2.ext.Extension):
    """`{% generation %}`, which prints what is in it."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.Scope(body, lineno=line)


def environment():
    env = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols]
    )

    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = datetime.datetime(2025, 7, 6, 13, 4, 5).strftime
    return env


def main():
    env = environment()
    cases = []
    for source in SNIPPETS.strip("\n").split("\n") + BLOCKS:
        try:
            output = env.from_string(source).render(**json.loads(json.dumps(CONTEXT)))
        except Exception:
            output = None
        cases.append({"source": source, "output": output})
    rows = ",\n".join(json.dumps(case) for case in cases)
    text = '{"context": ' + json.dumps(CONTEXT) + ',\n"cases": [\n' + rows + "\n]}\n"
    Path(__file__).with_name("jinja.json").write_text(text)


main()
