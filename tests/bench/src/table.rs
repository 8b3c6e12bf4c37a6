//! The report as text: tables that read well in a terminal and are valid Markdown.

mod cells;

pub(crate) use cells::verdict;
use cells::{HEADS, cells};

use crate::elsewhere::DISTURBING_CORES;
use crate::report::{Figures, Measurement, Outcome, Row};

/// Renders the rows: a table for each kind of figures, then what disturbed them and what could not be measured.
pub(crate) fn render(rows: &[Row]) -> String {
    let measured: Vec<_> = rows
        .iter()
        .filter_map(|row| match row.outcome {
            Outcome::Measured(Measurement { figures, .. }) => Some(cells(row, figures, floor_of(rows, &row.scenario))),
            _ => None,
        })
        .collect();
    let mut parts = Vec::new();
    for head in HEADS {
        let of_head: Vec<_> = measured.iter().filter(|(of, _)| *of == head).map(|(_, cells)| cells.clone()).collect();
        if !of_head.is_empty() {
            parts.push(table(head, &of_head));
        }
    }
    let remarks: String = rows.iter().filter_map(remark).map(|remark| format!("- {remark}\n")).collect();
    if !remarks.is_empty() {
        parts.push(remarks);
    }
    parts.join("\n")
}

/// What to know of a row beside its figures.
fn remark(row: &Row) -> Option<String> {
    let Row { scenario, system, outcome, .. } = row;
    match outcome {
        Outcome::Measured(Measurement { elsewhere_cores: cores, .. }) => (*cores > DISTURBING_CORES).then(|| {
            format!("disturbed {scenario}, {system}: other programs kept {cores:.2} processors busy meanwhile")
        }),
        Outcome::Skipped(reason) if scenario.is_empty() => Some(format!("{system}: {reason}")),
        Outcome::Skipped(reason) => Some(format!("skipped {scenario}, {system}: {reason}")),
        Outcome::Failed(reason) => Some(format!("FAILED {scenario}, {system}: {reason}")),
    }
}

/// What the floor took for a delivery in the same scenario.
fn floor_of(rows: &[Row], scenario: &str) -> Option<f64> {
    rows.iter().find(|row| row.scenario == scenario && row.system == "floor").and_then(|row| match row.outcome {
        Outcome::Measured(Measurement { figures: Figures::Deliveries { cpu_micros, .. }, .. }) => Some(cpu_micros),
        _ => None,
    })
}

/// Pads the columns to one width; figures to the right, words to the left.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let widths: Vec<usize> = (0..head.len())
        .map(|column| rows.iter().map(|row| row[column].len()).chain([head[column].len()]).max().unwrap_or(0))
        .collect();
    let is_figure = |column: usize| column > 1 && column + 1 < head.len();
    let mut text = String::new();
    let mut push_line = |cells: &[String]| {
        let padded = cells.iter().enumerate().map(|(column, cell)| {
            let width = widths[column];
            if is_figure(column) { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        });
        text.push_str(&format!("| {} |\n", padded.collect::<Vec<_>>().join(" | ")));
    };
    push_line(&head.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>());
    let rule = |(column, width): (usize, &usize)| {
        if is_figure(column) { format!("{}:", "-".repeat(width - 1)) } else { "-".repeat(*width) }
    };
    push_line(&widths.iter().enumerate().map(rule).collect::<Vec<_>>());
    rows.iter().for_each(|row| push_line(row));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Goal;

    fn row(system: &'static str, cpu_micros: f64, goal: Goal) -> Row {
        let figures = Figures::Deliveries { cpu_micros, per_second: 1000.0, cores: 1.0 };
        let outcome = Outcome::Measured(Measurement { figures, elsewhere_cores: 0.0 });
        Row { scenario: "s".to_owned(), system, outcome, goal }
    }

    #[test]
    fn columns_line_up_and_ratios_are_to_the_floor() {
        let text = render(&[row("floor", 2.0, Goal::None), row("wharf", 5.0, Goal::TimesFloor(2.0))]);
        let lines: Vec<_> = text.lines().collect();
        assert!(lines.iter().all(|line| line.len() == lines[0].len()), "{text}");
        assert!(lines[3].contains(" 2.50 |"), "{text}");
        assert!(lines[3].contains("MISSED: at most 2 x floor"), "{text}");
    }

    #[test]
    fn a_rate_that_is_kept_is_a_goal() {
        let figures = Figures::Stalled { alone_per_second: 1000.0, beside_per_second: 900.0, pause_millis: 200.0 };
        let outcome = Outcome::Measured(Measurement { figures, elsewhere_cores: 0.0 });
        let text = render(&[Row { scenario: "s".to_owned(), system: "wharf", outcome, goal: Goal::RateKept(0.95) }]);
        assert!(text.contains(" 0.900 |") && text.contains("MISSED: at least 0.95"), "{text}");
    }

    #[test]
    fn what_could_not_be_measured_is_said() {
        let skipped = |scenario: &str, reason: &str| {
            let outcome = Outcome::Skipped(reason.to_owned());
            render(&[Row { scenario: scenario.to_owned(), system: "nats", outcome, goal: Goal::None }])
        };
        assert_eq!(skipped("", "not installed: no nats-server"), "- nats: not installed: no nats-server\n");
        assert_eq!(skipped("s", "not offered"), "- skipped s, nats: not offered\n");
    }
}
