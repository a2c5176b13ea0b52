-- Communes as the State publishes them: their populations, year by year, and their names and
-- postal codes. `analytics.dim_commune` stays what the territory's own file says.

create table analytics.fact_population (
    code_commune text collate "C" not null references analytics.dim_commune,
    annee bigint not null check (annee between 1900 and 2100),
    nom text not null,
    population_municipale bigint not null check (population_municipale >= 0),
    population_comptee_a_part bigint not null check (population_comptee_a_part >= 0),
    population_totale bigint not null check (population_totale >= 0),
    millesime text not null,
    source text not null,
    charge_le timestamptz not null default now(),
    primary key (code_commune, annee)
);
comment on table analytics.fact_population is 'Legal populations (INSEE, populations légales): one row a commune and year, for all communes that the published file has, those of the territory among them (join dim_commune, where membre). Paris, Lyon and Marseille stand there by arrondissement; Mayotte does not.';
comment on column analytics.fact_population.code_commune is 'INSEE code of the commune, or of the arrondissement of Paris, Lyon or Marseille.';
comment on column analytics.fact_population.annee is 'Year that the population is of. It is in force from the first of January three years later.';
comment on column analytics.fact_population.nom is 'Name of the commune in the published file.';
comment on column analytics.fact_population.population_municipale is 'Municipal population (PMUN), inhabitants: who usually lives there. The one to reckon rates with, and to add up: nobody is counted twice.';
comment on column analytics.fact_population.population_comptee_a_part is 'Population counted apart (PCAP), inhabitants: who usually lives in another commune and keeps a tie to this one, as students do.';
comment on column analytics.fact_population.population_totale is 'Total population (PTOT), inhabitants: municipal and counted apart together. Do not add it up over communes: some people are in two of them.';
comment on column analytics.fact_population.millesime is 'Edition (YYYY-MM) that last changed this row or brought it: the month in which the populations of its year come into force.';
comment on column analytics.fact_population.source is 'URL that the row was read from.';
comment on column analytics.fact_population.charge_le is 'When the row was last written.';

create table analytics.ref_commune (
    code_commune text collate "C" primary key references analytics.dim_commune,
    nom text not null,
    codes_postaux text check (codes_postaux ~ '^[0-9]{5}( [0-9]{5})*$'),
    population bigint check (population >= 0),
    millesime text not null,
    source text not null,
    charge_le timestamptz not null default now()
);
comment on table analytics.ref_commune is 'Communes as the State''s geographical API (geo.api.gouv.fr) tells them: one row a commune that the list of the territory''s intercommunality has named. Whether it belongs to the territory is in dim_commune.membre.';
comment on column analytics.ref_commune.code_commune is 'INSEE code of the commune.';
comment on column analytics.ref_commune.nom is 'Official name.';
comment on column analytics.ref_commune.codes_postaux is 'Postal codes of the commune in order, with a space between two; string_to_array(codes_postaux, '' '') splits them. Several communes may share one.';
comment on column analytics.ref_commune.population is 'Municipal population that the API gives, inhabitants; fact_population has it year by year.';
comment on column analytics.ref_commune.millesime is 'Edition (YYYY-MM) that last changed this row or brought it: January of the year in which the list was read.';
comment on column analytics.ref_commune.source is 'URL that the row was read from.';
comment on column analytics.ref_commune.charge_le is 'When the row was last written.';

comment on column analytics.edition.jeu is 'Dataset, by the name of its spider: sitadel, dvf, populations, communes or another.';
