//! The report as text: tables that read well in a terminal and are valid Markdown.

use crate::elsewhere::DISTURBING_CORES;
use crate::report::{Figures, Goal, Measurement, Outcome, Row};

const DELIVERIES: [&str; 7] =
    ["scenario", "system", "CPU us/delivery", "x floor", "deliveries/s", "server cores", "goal"];
const STALLED: [&str; 7] =
    ["scenario", "system", "deliveries/s without", "deliveries/s beside it", "ratio", "longest pause ms", "goal"];
const IDLE: [&str; 5] = ["scenario", "system", "resident KiB/connection", "CPU us/connect+subscribe", "goal"];

/// Renders the rows: deliveries first, then readers that do not read, then idle connections, then what could not be measured.
pub(crate) fn render(rows: &[Row]) -> String {
    let mut deliveries = Vec::new();
    let mut stalled = Vec::new();
    let mut idle = Vec::new();
    let mut remarks = Vec::new();
    for row in rows {
        match &row.outcome {
            Outcome::Measured(measurement) => {
                match measurement.figures {
                    figures @ Figures::Deliveries { .. } => {
                        deliveries.push(delivery_cells(row, figures, floor_of(rows, &row.scenario)));
                    }
                    Figures::Stalled { alone_per_second, beside_per_second, pause_millis } => {
                        stalled.push(stalled_cells(row, alone_per_second, beside_per_second, pause_millis));
                    }
                    Figures::Idle { resident_kib, connect_micros } => {
                        idle.push(idle_cells(row, resident_kib, connect_micros));
                    }
                }
                remarks.extend(disturbance(row, measurement.elsewhere_cores));
            }
            Outcome::Skipped(reason) => remarks.push(format!("{}: {reason}", row.system)),
            Outcome::Failed(reason) => remarks.push(format!("FAILED {}, {}: {reason}", row.scenario, row.system)),
        }
    }
    let mut parts = Vec::new();
    if !deliveries.is_empty() {
        parts.push(table(&DELIVERIES, &deliveries));
    }
    if !stalled.is_empty() {
        parts.push(table(&STALLED, &stalled));
    }
    if !idle.is_empty() {
        parts.push(table(&IDLE, &idle));
    }
    if !remarks.is_empty() {
        parts.push(remarks.iter().map(|remark| format!("- {remark}\n")).collect());
    }
    parts.join("\n")
}

fn disturbance(row: &Row, cores: f64) -> Option<String> {
    let text = || {
        format!("disturbed {}, {}: other programs kept {cores:.2} processors busy meanwhile", row.scenario, row.system)
    };
    (cores > DISTURBING_CORES).then(text)
}

/// What the floor took for a delivery in the same scenario.
fn floor_of(rows: &[Row], scenario: &str) -> Option<f64> {
    rows.iter().find(|row| row.scenario == scenario && row.system == "floor").and_then(|row| match row.outcome {
        Outcome::Measured(Measurement { figures: Figures::Deliveries { cpu_micros, .. }, .. }) => Some(cpu_micros),
        _ => None,
    })
}

fn delivery_cells(row: &Row, figures: Figures, floor: Option<f64>) -> Vec<String> {
    let Figures::Deliveries { cpu_micros, per_second, cores } = figures else {
        return Vec::new();
    };
    let ratio = floor.map(|floor| cpu_micros / floor);
    let goal = match (row.goal, ratio) {
        (Goal::Micros(most), _) => verdict(cpu_micros <= most, &format!("at most {most} us")),
        (Goal::TimesFloor(most), Some(ratio)) => verdict(ratio <= most, &format!("at most {most} x floor")),
        _ => String::new(),
    };
    vec![
        row.scenario.clone(),
        row.system.to_owned(),
        format!("{cpu_micros:.2}"),
        ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}")),
        format!("{per_second:.0}"),
        format!("{cores:.2}"),
        goal,
    ]
}

fn stalled_cells(row: &Row, alone: f64, beside: f64, pause_millis: f64) -> Vec<String> {
    let ratio = beside / alone;
    let goal = match row.goal {
        Goal::RateKept(least) => verdict(ratio >= least, &format!("at least {least}")),
        _ => String::new(),
    };
    vec![
        row.scenario.clone(),
        row.system.to_owned(),
        format!("{alone:.0}"),
        format!("{beside:.0}"),
        format!("{ratio:.3}"),
        format!("{pause_millis:.0}"),
        goal,
    ]
}

fn idle_cells(row: &Row, resident: f64, connect: f64) -> Vec<String> {
    let goal = match row.goal {
        Goal::Connection { resident_kib, connect_micros } => verdict(
            resident <= resident_kib && connect <= connect_micros,
            &format!("at most {resident_kib} KiB, {connect_micros} us"),
        ),
        _ => String::new(),
    };
    vec![row.scenario.clone(), row.system.to_owned(), format!("{resident:.1}"), format!("{connect:.0}"), goal]
}

/// Whether a goal was reached.
pub(crate) fn verdict(reached: bool, limit: &str) -> String {
    format!("{}: {limit}", if reached { "reached" } else { "MISSED" })
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
        let outcome = Outcome::Skipped("not installed: no nats-server".to_owned());
        let text = render(&[Row { scenario: "s".to_owned(), system: "nats", outcome, goal: Goal::None }]);
        assert_eq!(text, "- nats: not installed: no nats-server\n");
    }
}
