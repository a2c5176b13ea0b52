-- What is measured and what is expected: KPI definitions, values, forecasts.

create schema kpi;
comment on schema kpi is 'Measured values of the KPIs and their forecasts.';

create table kpi.definition (
    kpi text primary key check (kpi ~ '^[a-z][a-z0-9_]*$'),
    titre_fr text not null,
    titre_en text not null,
    description text not null,
    unite text not null,
    grain text not null check (grain in ('month', 'quarter', 'year')),
    bon_sens text not null check (bon_sens in ('hausse', 'baisse', 'neutre')),
    jeu text not null,
    periodes_provisoires integer not null check (periodes_provisoires >= 0),
    sql text not null,
    empreinte text not null,
    calcule_le timestamptz,
    millesime text
);
comment on table kpi.definition is 'What each KPI measures. The definitions are files of models/kpi; this is their copy.';
comment on column kpi.definition.kpi is 'Name of the KPI, as get_indicator takes it.';
comment on column kpi.definition.titre_fr is 'Title in French.';
comment on column kpi.definition.titre_en is 'Title in English.';
comment on column kpi.definition.description is 'What is counted, and what is left out.';
comment on column kpi.definition.unite is 'Unit of the values.';
comment on column kpi.definition.grain is 'Length of a period: month, quarter or year.';
comment on column kpi.definition.bon_sens is 'Which direction is good: hausse (up), baisse (down), neutre.';
comment on column kpi.definition.jeu is 'Dataset that it is measured from.';
comment on column kpi.definition.periodes_provisoires is 'How many of the latest periods are still incomplete at the source.';
comment on column kpi.definition.sql is 'The query that measures it.';
comment on column kpi.definition.empreinte is 'SHA-256 of the definition.';
comment on column kpi.definition.calcule_le is 'When its values were last computed.';
comment on column kpi.definition.millesime is 'Edition of the data that its values were last computed from.';

create table kpi.value (
    kpi text not null references kpi.definition on delete cascade,
    zone text not null,
    periode date not null,
    valeur double precision,
    effectif bigint not null,
    provisoire boolean not null,
    millesime text not null,
    calcule_le timestamptz not null default now(),
    primary key (kpi, zone, periode)
);
comment on table kpi.value is 'Measured values: one row a KPI, zone and period.';
comment on column kpi.value.kpi is 'Name of the KPI.';
comment on column kpi.value.zone is 'INSEE code of a commune, or ensemble for the whole territory.';
comment on column kpi.value.periode is 'First day of the period.';
comment on column kpi.value.valeur is 'The value, in the unit of the KPI; empty when there is nothing to measure.';
comment on column kpi.value.effectif is 'How many records the value rests on.';
comment on column kpi.value.provisoire is 'True while the source still completes the period; forecasts leave such values out.';
comment on column kpi.value.millesime is 'Edition of the data.';
comment on column kpi.value.calcule_le is 'When the value was computed.';

create table kpi.forecast (
    kpi text not null references kpi.definition on delete cascade,
    zone text not null,
    periode date not null,
    pas integer not null check (pas > 0),
    valeur double precision not null,
    bas_80 double precision not null,
    haut_80 double precision not null,
    bas_95 double precision not null,
    haut_95 double precision not null,
    modele text not null,
    mase double precision,
    note text,
    millesime text not null,
    derniere_periode date not null,
    calcule_le timestamptz not null default now(),
    primary key (kpi, zone, periode),
    check (bas_95 <= bas_80 and bas_80 <= valeur and valeur <= haut_80 and haut_80 <= haut_95)
);
comment on table kpi.forecast is 'Forecasts: one row a KPI, zone and future period.';
comment on column kpi.forecast.kpi is 'Name of the KPI.';
comment on column kpi.forecast.zone is 'INSEE code of a commune, or ensemble for the whole territory.';
comment on column kpi.forecast.periode is 'First day of the period that is forecast.';
comment on column kpi.forecast.pas is 'How many periods after the last one that the model saw.';
comment on column kpi.forecast.valeur is 'Expected value, in the unit of the KPI.';
comment on column kpi.forecast.bas_80 is 'Lower bound of the 80 % interval.';
comment on column kpi.forecast.haut_80 is 'Upper bound of the 80 % interval.';
comment on column kpi.forecast.bas_95 is 'Lower bound of the 95 % interval.';
comment on column kpi.forecast.haut_95 is 'Upper bound of the 95 % interval.';
comment on column kpi.forecast.modele is 'Model that won the backtest: seasonal_naive, auto_ets or mstl_ets.';
comment on column kpi.forecast.mase is 'Its rolling-origin error: mean absolute scaled error, below 1 is better than last year''s value.';
comment on column kpi.forecast.note is 'Why no model was chosen by backtest, where that is so.';
comment on column kpi.forecast.millesime is 'Edition of the data.';
comment on column kpi.forecast.derniere_periode is 'First day of the last period that the model saw.';
comment on column kpi.forecast.calcule_le is 'When the forecast was made.';
