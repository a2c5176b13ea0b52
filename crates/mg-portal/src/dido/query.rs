//! What a request asks of a table, checked the way DiDo checks it.

use std::cmp::Ordering;

use chrono::NaiveDate;

use super::table::{Cell, Head, Kind, Table};

/// A request that DiDo answers with 400; the text says what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct BadRequest(pub(super) String);

/// The two forms in which a table is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Csv,
    Json,
}

/// Which lines stand above the rows of a CSV file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HeaderLines {
    pub(super) descriptions: bool,
    pub(super) names: bool,
    pub(super) units: bool,
}

/// A request that holds for a table.
pub(super) struct Query {
    /// The columns to answer with, in that order.
    pub(super) columns: Vec<usize>,
    pub(super) lines: HeaderLines,
    filters: Vec<Filter>,
    /// Columns to sort by, and whether downwards.
    order: Vec<(usize, bool)>,
    page: usize,
    page_size: Option<usize>,
}

impl Query {
    /// Reads the parameters of a request for a table with `heads`; `millesime` is not
    /// looked at. Refuses what DiDo refuses: an unknown parameter or column, a filter
    /// without an operator, pages of a CSV file.
    pub(super) fn parse(
        parameters: &[(String, String)],
        heads: &[Head],
        form: Form,
        lines: HeaderLines,
    ) -> Result<Self, BadRequest> {
        let all = (0..heads.len()).collect();
        let mut query =
            Self { columns: all, lines, filters: vec![], order: vec![], page: 1, page_size: None };
        for (name, value) in parameters {
            match name.as_str() {
                "millesime" => {}
                "withColumnName" => query.lines.names = flag(name, value)?,
                "withColumnDescription" => query.lines.descriptions = flag(name, value)?,
                "withColumnUnit" => query.lines.units = flag(name, value)?,
                "columns" => query.columns = each(value, |code| column(heads, code))?,
                "orderBy" => query.order = each(value, |code| direction(heads, code))?,
                "page" if form == Form::Json => query.page = count(name, value)?,
                "pageSize" if form == Form::Json => query.page_size = Some(count(name, value)?),
                _ => query.filters.push(Filter::parse(heads, name, value)?),
            }
        }
        Ok(query)
    }

    /// The rows of `table` that it asks for, in the order that it asks for.
    pub(super) fn rows(&self, table: &dyn Table) -> Vec<usize> {
        let mut rows: Vec<usize> = (0..table.rows())
            .filter(|row| self.filters.iter().all(|filter| filter.holds(table, *row)))
            .collect();
        rows.sort_by(|one, other| self.compare(table, *one, *other));
        match self.page_size {
            None => rows,
            Some(size) => rows.into_iter().skip((self.page - 1).saturating_mul(size)).take(size).collect(),
        }
    }

    fn compare(&self, table: &dyn Table, one: usize, other: usize) -> Ordering {
        let orders = self.order.iter().map(|&(column, downwards)| {
            let order = compare(&table.cell(one, column), &table.cell(other, column));
            if downwards { order.reverse() } else { order }
        });
        orders.fold(Ordering::Equal, Ordering::then)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    In,
    NotIn,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    StartsWith,
    EndsWith,
}

impl Operator {
    /// The operator of that name, if a column of `kind` has it.
    fn of(name: &str, kind: Kind) -> Option<Self> {
        let operator = match name {
            "eq" => Self::Equal,
            "ne" => Self::NotEqual,
            "in" => Self::In,
            "nin" => Self::NotIn,
            "lt" if kind != Kind::Flag => Self::Less,
            "lte" if kind != Kind::Flag => Self::LessOrEqual,
            "gt" if kind != Kind::Flag => Self::Greater,
            "gte" if kind != Kind::Flag => Self::GreaterOrEqual,
            "contains" if kind == Kind::Text => Self::Contains,
            "startsWith" if kind == Kind::Text => Self::StartsWith,
            "endsWith" if kind == Kind::Text => Self::EndsWith,
            _ => return None,
        };
        Some(operator)
    }
}

struct Filter {
    column: usize,
    operator: Operator,
    operands: Vec<Cell<'static>>,
}

impl Filter {
    fn parse(heads: &[Head], code: &str, value: &str) -> Result<Self, BadRequest> {
        let index = column(heads, code)
            .map_err(|_| BadRequest(format!("Le paramètre {code} dans l'url n'est pas valide")))?;
        let kind = heads[index].kind;
        let wrong = || BadRequest(format!("La chaîne {value} dans l'url n'est pas valide"));
        let (name, text) = value.split_once(':').ok_or_else(wrong)?;
        let operator = Operator::of(name, kind).ok_or_else(wrong)?;
        let list = matches!(operator, Operator::In | Operator::NotIn);
        let texts: Vec<&str> = if list { text.split(',').collect() } else { vec![text] };
        let operands: Option<Vec<_>> = texts.into_iter().map(|text| operand(kind, text)).collect();
        Ok(Self { column: index, operator, operands: operands.ok_or_else(wrong)? })
    }

    fn holds(&self, table: &dyn Table, row: usize) -> bool {
        let cell = table.cell(row, self.column);
        let among = self.operands.contains(&cell);
        if let Operator::NotEqual | Operator::NotIn = self.operator {
            return !among;
        }
        if cell == Cell::Empty {
            return false;
        }
        let order = compare(&cell, &self.operands[0]);
        match self.operator {
            Operator::Equal | Operator::In => among,
            Operator::NotEqual | Operator::NotIn => !among,
            Operator::Less => order.is_lt(),
            Operator::LessOrEqual => order.is_le(),
            Operator::Greater => order.is_gt(),
            Operator::GreaterOrEqual => order.is_ge(),
            Operator::Contains => text(&cell).contains(text(&self.operands[0])),
            Operator::StartsWith => text(&cell).starts_with(text(&self.operands[0])),
            Operator::EndsWith => text(&cell).ends_with(text(&self.operands[0])),
        }
    }
}

/// The value that `text` stands for in a column of `kind`, if it is one.
fn operand(kind: Kind, text: &str) -> Option<Cell<'static>> {
    match kind {
        Kind::Number => text.parse().ok().map(Cell::Number),
        Kind::Flag => text.parse().ok().map(Cell::Flag),
        Kind::Date => text.parse::<NaiveDate>().ok().map(|date| Cell::Text(date.to_string().into())),
        Kind::Text if text.is_empty() => None,
        Kind::Text => Some(Cell::Text(text.to_owned().into())),
    }
}

fn compare(one: &Cell<'_>, other: &Cell<'_>) -> Ordering {
    match (one, other) {
        (Cell::Number(one), Cell::Number(other)) => one.cmp(other),
        (Cell::Flag(one), Cell::Flag(other)) => one.cmp(other),
        _ => text(one).cmp(text(other)),
    }
}

fn text<'a>(cell: &'a Cell<'_>) -> &'a str {
    if let Cell::Text(text) = cell { text } else { "" }
}

fn flag(name: &str, value: &str) -> Result<bool, BadRequest> {
    value.parse().map_err(|_| BadRequest(format!("Le paramètre {name} doit valoir true ou false")))
}

fn count(name: &str, value: &str) -> Result<usize, BadRequest> {
    let count = value.parse().ok().filter(|count| *count > 0);
    count.ok_or_else(|| BadRequest(format!("Le paramètre {name} doit être un entier positif")))
}

fn each<T>(list: &str, read: impl Fn(&str) -> Result<T, BadRequest>) -> Result<Vec<T>, BadRequest> {
    list.split(',').map(read).collect()
}

fn column(heads: &[Head], code: &str) -> Result<usize, BadRequest> {
    let found = heads.iter().position(|head| head.code == code);
    found.ok_or_else(|| BadRequest(format!("La colonne {code} n'existe pas")))
}

fn direction(heads: &[Head], code: &str) -> Result<(usize, bool), BadRequest> {
    let bare = code.trim_start_matches('-');
    Ok((column(heads, bare)?, bare != code))
}
