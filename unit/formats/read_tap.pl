#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Reads TAP as prove does and prints what it understood, as JSON.
use strict;
use warnings;
use JSON::PP;
use TAP::Parser;

binmode STDIN, ':encoding(UTF-8)';
my $parser = TAP::Parser->new({ tap => do { local $/; <STDIN> } });
my (@tests, @yaml);
while (my $result = $parser->next) {
	push @tests, {
		number => 0 + $result->number, description => $result->description,
		ok => $result->is_ok ? JSON::PP::true : JSON::PP::false,
		directive => $result->directive, explanation => $result->explanation,
	} if $result->is_test;
	push @yaml, $result->data if $result->is_yaml;
	push @tests, { unknown => $result->raw } if $result->is_unknown;
}
print JSON::PP->new->canonical->ascii->encode({
	tests => \@tests, yaml => \@yaml, errors => [$parser->parse_errors],
	planned => 0 + $parser->tests_planned, version => 0 + $parser->version,
});
