-- Facts and dimensions: what the portals publish, one row a thing in the world.
-- Names are French where the data are French. Every comment here is read by agents
-- through list_tables and describe_table. Keys are compared byte by byte (collate "C"):
-- they are codes, and half the time of a load is comparing them.

create schema analytics;
comment on schema analytics is 'Facts and dimensions: building permits, property sales, communes.';

create table analytics.dim_commune (
    code_commune text collate "C" primary key check (code_commune ~ '^[0-9][0-9AB][0-9]{3}$'),
    nom text not null,
    population integer check (population >= 0),
    membre boolean not null default false
);
comment on table analytics.dim_commune is 'One row a commune. The communes of the territory have membre = true; others appear when a source names them.';
comment on column analytics.dim_commune.code_commune is 'INSEE code of the commune, five characters.';
comment on column analytics.dim_commune.nom is 'Official name; the code itself for a commune known only from a source.';
comment on column analytics.dim_commune.population is 'Municipal population (INSEE, populations légales), inhabitants.';
comment on column analytics.dim_commune.membre is 'Whether the commune belongs to the territory.';

create table analytics.fact_permis (
    fichier text collate "C" not null check (fichier in ('logements', 'locaux', 'amenager', 'demolir')),
    type_dau text collate "C" not null,
    num_dau text collate "C" not null,
    code_commune text collate "C" not null references analytics.dim_commune,
    etat text not null check (etat in ('autorise', 'annule', 'commence', 'termine')),
    etat_dau bigint,
    date_autorisation date,
    date_ouverture date,
    date_achevement date,
    annee_depot bigint,
    nature_projet bigint,
    logements bigint,
    logements_individuels bigint,
    logements_collectifs bigint,
    logements_residence bigint,
    logements_demolis bigint,
    logements_sociaux bigint,
    surface_terrain_m2 double precision,
    surface_habitation_creee_m2 double precision,
    surface_locaux_creee_m2 double precision,
    millesime text not null,
    source text not null,
    charge_le timestamptz not null default now(),
    primary key (fichier, type_dau, num_dau)
);
comment on table analytics.fact_permis is 'Building permits (SDES, Sitadel): one row an urban-planning authorisation of a file. Figures of recent months are revised by each edition.';
comment on column analytics.fact_permis.fichier is 'Sitadel file: logements (housing), locaux (non-residential), amenager (development), demolir (demolition).';
comment on column analytics.fact_permis.type_dau is 'Kind of authorisation: PC (building permit), DP (prior declaration), PA (development permit), PD (demolition).';
comment on column analytics.fact_permis.num_dau is 'Number of the authorisation; only with fichier and type_dau is it unique.';
comment on column analytics.fact_permis.code_commune is 'Commune of the works (COMM), INSEE code.';
comment on column analytics.fact_permis.etat is 'State derived from ETAT_DAU and the dates: autorise, annule (cancelled), commence (site opened), termine (works finished).';
comment on column analytics.fact_permis.etat_dau is 'State as published: 2 authorised, 4 cancelled, 5 started, 6 finished.';
comment on column analytics.fact_permis.date_autorisation is 'Real date of the initial authorisation.';
comment on column analytics.fact_permis.date_ouverture is 'Real date on which the building site opened (DOC); empty until declared.';
comment on column analytics.fact_permis.date_achevement is 'Real date on which the works were finished (DAACT); empty until declared.';
comment on column analytics.fact_permis.annee_depot is 'Year in which the request was filed.';
comment on column analytics.fact_permis.nature_projet is 'Nature declared by the applicant: 1 new building, 2 works on an existing one.';
comment on column analytics.fact_permis.logements is 'Dwellings created, all kinds.';
comment on column analytics.fact_permis.logements_individuels is 'Individual dwellings created.';
comment on column analytics.fact_permis.logements_collectifs is 'Collective dwellings created.';
comment on column analytics.fact_permis.logements_residence is 'Dwellings created in a residence (students, elderly, tourism).';
comment on column analytics.fact_permis.logements_demolis is 'Dwellings demolished.';
comment on column analytics.fact_permis.logements_sociaux is 'Dwellings for social renting.';
comment on column analytics.fact_permis.surface_terrain_m2 is 'Area of the plot, m².';
comment on column analytics.fact_permis.surface_habitation_creee_m2 is 'Floor area created for housing, m².';
comment on column analytics.fact_permis.surface_locaux_creee_m2 is 'Floor area created for other uses, m².';
comment on column analytics.fact_permis.millesime is 'Edition (YYYY-MM) that last changed this row or brought it.';
comment on column analytics.fact_permis.source is 'URL that the row was read from.';
comment on column analytics.fact_permis.charge_le is 'When the row was last written.';

-- The KPIs read by commune and by one of the three dates.
create index fact_permis_autorisation on analytics.fact_permis (code_commune, date_autorisation);
create index fact_permis_ouverture on analytics.fact_permis (code_commune, date_ouverture) where date_ouverture is not null;

create table analytics.fact_mutation (
    id_mutation text collate "C" not null,
    code_commune text collate "C" not null references analytics.dim_commune,
    date_mutation date not null,
    annee bigint not null,
    nature text not null,
    prix_eur double precision,
    dispositions bigint not null,
    locaux bigint not null,
    maisons bigint not null,
    appartements bigint not null,
    dependances bigint not null,
    locaux_activite bigint not null,
    type_logement text check (type_logement in ('maison', 'appartement')),
    surface_bati_m2 double precision,
    pieces bigint,
    surface_terrain_m2 double precision,
    prix_m2_eur double precision,
    longitude double precision,
    latitude double precision,
    millesime text not null,
    source text not null,
    charge_le timestamptz not null default now(),
    primary key (id_mutation, code_commune)
);
comment on table analytics.fact_mutation is 'Property sales (DGFiP, DVF as published by Etalab): one row a mutation and commune, built from the several rows that DVF gives a mutation.';
comment on column analytics.fact_mutation.id_mutation is 'Identifier of the mutation in this edition of DVF; a later edition may number anew.';
comment on column analytics.fact_mutation.code_commune is 'Commune of the property, INSEE code.';
comment on column analytics.fact_mutation.date_mutation is 'Date of the deed.';
comment on column analytics.fact_mutation.annee is 'Year of the DVF file that the row comes from.';
comment on column analytics.fact_mutation.nature is 'Nature as published: Vente, Vente en l''état futur d''achèvement, Echange, Adjudication, ...';
comment on column analytics.fact_mutation.prix_eur is 'Price of the whole mutation, euros; DVF repeats it on each of its rows, here it stands once.';
comment on column analytics.fact_mutation.dispositions is 'Number of dispositions of the deed.';
comment on column analytics.fact_mutation.locaux is 'Number of premises sold (dwellings, outbuildings, commercial), each counted once.';
comment on column analytics.fact_mutation.maisons is 'Number of houses among them.';
comment on column analytics.fact_mutation.appartements is 'Number of flats among them.';
comment on column analytics.fact_mutation.dependances is 'Number of outbuildings among them (cellar, garage).';
comment on column analytics.fact_mutation.locaux_activite is 'Number of commercial or industrial premises among them.';
comment on column analytics.fact_mutation.type_logement is 'maison or appartement when the mutation holds exactly one dwelling and no commercial premises, else empty.';
comment on column analytics.fact_mutation.surface_bati_m2 is 'Built area of the dwellings sold, m².';
comment on column analytics.fact_mutation.pieces is 'Main rooms of the dwellings sold.';
comment on column analytics.fact_mutation.surface_terrain_m2 is 'Area of the land sold, m², each plot counted once.';
comment on column analytics.fact_mutation.prix_m2_eur is 'Price a square metre, euros; only for a Vente of exactly one dwelling with a known area, so that medians over it are sound.';
comment on column analytics.fact_mutation.longitude is 'Longitude of the first plot, WGS 84, degrees.';
comment on column analytics.fact_mutation.latitude is 'Latitude of the first plot, WGS 84, degrees.';
comment on column analytics.fact_mutation.millesime is 'Edition (YYYY-MM) that last changed this row or brought it.';
comment on column analytics.fact_mutation.source is 'URL that the row was read from.';
comment on column analytics.fact_mutation.charge_le is 'When the row was last written.';

create index fact_mutation_date on analytics.fact_mutation (code_commune, date_mutation);

create table analytics.revision (
    id bigint generated always as identity primary key,
    table_name text not null,
    cle text not null,
    millesime text not null,
    remplace_par text not null,
    remplace_le timestamptz not null default now(),
    retiree boolean not null default false,
    valeurs jsonb not null
);
comment on table analytics.revision is 'What a fact row said before a later edition revised or withdrew it.';
comment on column analytics.revision.id is 'Number of the revision; later ones are greater.';
comment on column analytics.revision.table_name is 'The fact table.';
comment on column analytics.revision.cle is 'Key of the row: its key columns joined by a slash.';
comment on column analytics.revision.millesime is 'Edition that had said so.';
comment on column analytics.revision.remplace_par is 'Edition that said otherwise.';
comment on column analytics.revision.remplace_le is 'When the later edition was loaded.';
comment on column analytics.revision.retiree is 'True when the later edition no longer has the row at all.';
comment on column analytics.revision.valeurs is 'The former row, column by column.';
create index revision_cle on analytics.revision (table_name, cle);

create table analytics.edition (
    jeu text not null,
    millesime text not null,
    premier_chargement timestamptz not null default now(),
    dernier_chargement timestamptz not null default now(),
    enregistrements bigint not null,
    primary key (jeu, millesime)
);
comment on table analytics.edition is 'Which editions of which dataset were loaded, and when.';
comment on column analytics.edition.jeu is 'Dataset: sitadel or dvf.';
comment on column analytics.edition.millesime is 'Edition, YYYY-MM.';
comment on column analytics.edition.premier_chargement is 'When the edition was first loaded.';
comment on column analytics.edition.dernier_chargement is 'When the edition was last loaded.';
comment on column analytics.edition.enregistrements is 'Records that the last load of each of its sources brought, summed over one run.';

create view analytics.zone as
select code_commune as zone, code_commune from analytics.dim_commune where membre
union all
select 'ensemble', code_commune from analytics.dim_commune where membre;
comment on view analytics.zone is 'Zones that KPIs are measured for: each commune of the territory, and ensemble, the whole. Join it on code_commune and group by zone.';
comment on column analytics.zone.zone is 'INSEE code of a commune, or ensemble.';
comment on column analytics.zone.code_commune is 'A commune that belongs to the zone.';
