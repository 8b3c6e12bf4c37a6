//! Compares the files of logs with what their owners remember, when a directory is opened.

use super::header::{self, HEADER};
use super::index::Place;
use super::open::OpenPart;
use super::walk::{CHUNK, Walk};
use super::{LogId, Logs, Part};
use crate::Error;
use crate::backend::{Backend, File};
use crate::segment::UNFINISHED;
use std::collections::{BTreeMap, HashSet};

/// Files that are not as they are remembered.
#[derive(Default)]
struct Differing {
    /// The log, the first record, and what is wrong.
    damaged: Vec<(LogId, u64, String)>,
    /// Names, and how much of each counts.
    longer: Vec<(String, u64)>,
    /// The log, the part, where its first broken record would be, and what is wrong. Looked for only where it is to be repaired.
    broken: Vec<(LogId, Part, Place, String)>,
}

impl<B: Backend> Logs<B> {
    /// Brings the files to what their owners remember. A file, or the end of one, that no owner knows was being written when the power
    /// went: it is removed. A part that is missing or shorter than it was, or whose header is wrong, is damage: unless it is to be
    /// repaired, nothing is changed then. Repaired, it is put aside and taken off its list, and so is what no owner knows put aside,
    /// as an owner may have lost its memory. Then all records are read as well, and of a part with a broken one what precedes that is
    /// kept. What is returned tells of all this.
    pub fn settle(&self, known: &mut BTreeMap<LogId, Vec<Part>>, repair: bool) -> Result<Vec<String>, Error> {
        let Differing { damaged, longer, broken } = self.compare(known, repair)?;
        for (id, first, _) in &damaged {
            if let Some(parts) = known.get_mut(id) {
                parts.retain(|part| part.first != *first); // so its file is one that no owner knows
            }
        }
        let mut told: BTreeMap<String, String> =
            damaged.into_iter().map(|(id, first, error)| (header::name_of(id, first), error)).collect();
        for (id, part, place, error) in broken {
            self.keep(id, &part, place)?;
            let parts = known.get_mut(&id).into_iter().flatten();
            let known = parts.filter(|known| known.first == part.first);
            known.for_each(|known| (known.end, known.octets) = (place.number, place.offset));
            told.insert(header::name_of(id, part.first), error);
        }
        for name in self.unknown(known)? {
            if repair {
                self.shared.backend.set_aside(&name).map_err(|error| Error::io("putting aside", &name, error))?;
                told.entry(name).or_insert_with_key(|name| format!("{name:?} is of a log that is not known"));
            } else {
                self.shared.backend.remove(&name).map_err(|error| Error::io("removing", &name, error))?;
            }
        }
        for (name, octets) in longer {
            let file = self.shared.backend.open(&name).map_err(|error| Error::io("opening", &name, error))?;
            file.truncate(octets).map_err(|error| Error::io("cutting", &name, error))?;
            file.sync().map_err(|error| Error::io("syncing", &name, error))?;
        }
        Ok(told.into_values().collect())
    }

    /// Reads and verifies all that owners remember, and changes nothing. Returns how many records there are.
    pub fn check(&self, known: &BTreeMap<LogId, Vec<Part>>) -> Result<u64, Error> {
        let (mut records, mut buffer) = (0, Vec::new());
        for (id, part) in known.iter().flat_map(|(id, parts)| parts.iter().map(move |part| (id, part))) {
            let (open, _) = self.measure(*id, part)?;
            records += verify(&open, part, &mut buffer).map_err(|(_, error)| error)?;
        }
        Ok(records)
    }

    /// What precedes this place is kept; the file as it was is put aside.
    fn keep(&self, id: LogId, part: &Part, place: Place) -> Result<(), Error> {
        let (name, backend) = (header::name_of(id, part.first), &self.shared.backend);
        let unfinished = format!("{name}{UNFINISHED}");
        let mut kept = vec![0; usize::try_from(place.offset).unwrap_or(usize::MAX)];
        let read = backend.open(&name).and_then(|file| file.read_at(&mut kept, 0));
        read.map_err(|error| Error::io("reading", &name, error))?;
        let new = backend.create(&unfinished, 0).map_err(|error| Error::io("making", &unfinished, error))?;
        new.write_at(&kept, 0).map_err(|error| Error::io("writing", &unfinished, error))?;
        new.sync().map_err(|error| Error::io("syncing", &unfinished, error))?;
        backend.set_aside(&name).map_err(|error| Error::io("putting aside", &name, error))?;
        backend.rename(&unfinished, &name).map_err(|error| Error::io("naming", &name, error))?;
        backend.sync().map_err(|error| Error::io("syncing the directory for", &name, error))
    }

    fn compare(&self, known: &BTreeMap<LogId, Vec<Part>>, repair: bool) -> Result<Differing, Error> {
        let (mut found, mut buffer) = (Differing::default(), Vec::new());
        for (id, part) in known.iter().flat_map(|(id, parts)| parts.iter().map(move |part| (*id, part))) {
            match self.measure(id, part) {
                Ok((open, size)) => match repair.then(|| verify(&open, part, &mut buffer)) {
                    Some(Err((place, error @ Error::Damaged { .. }))) if place.number > part.first => {
                        found.broken.push((id, *part, place, error.to_string()));
                    }
                    Some(Err((_, error @ Error::Damaged { .. }))) => {
                        found.damaged.push((id, part.first, error.to_string()));
                    }
                    Some(Err((_, error))) => return Err(error),
                    _ if size > part.octets => found.longer.push((open.name, part.octets)),
                    _ => {}
                },
                Err(error @ Error::Damaged { .. }) if repair => {
                    found.damaged.push((id, part.first, error.to_string()));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// Opens a part that has to be there, and returns the size of its file.
    fn measure(&self, id: LogId, part: &Part) -> Result<(OpenPart<B::File>, u64), Error> {
        let name = header::name_of(id, part.first);
        let damaged = |offset, what| Error::Damaged { file: name.clone(), offset, what };
        let open = self.open_new(id, part.first)?.ok_or_else(|| damaged(0, "it is missing"))?;
        let size = open.file.size().map_err(|error| Error::io("reading", &name, error))?;
        if size < part.octets.max(HEADER as u64) {
            return Err(damaged(size, "it is shorter than it was"));
        }
        Ok((open, size))
    }

    /// Names of files of logs that no owner knows.
    fn unknown(&self, known: &BTreeMap<LogId, Vec<Part>>) -> Result<Vec<String>, Error> {
        let mut names = self.shared.backend.list().map_err(|error| Error::io("listing", ".", error))?;
        let firsts = known.iter().flat_map(|(id, parts)| parts.iter().map(|part| (*id, part.first)));
        let firsts: HashSet<(LogId, u64)> = firsts.collect();
        names.retain(|name| header::of_name(name).is_some_and(|file| !firsts.contains(&file)));
        names.sort_unstable();
        Ok(names)
    }
}

/// Reads all records of a part. Returns how many there are, or how far they are sound and what is wrong there.
fn verify<F: File>(open: &OpenPart<F>, part: &Part, buffer: &mut Vec<u8>) -> Result<u64, (Place, Error)> {
    let (mut walk, mut records) = (Walk::new(open, part, Place::start(part.first), buffer), 0);
    loop {
        match walk.step(CHUNK) {
            Ok(Some(_)) => records += 1,
            Ok(None) => break,
            Err(error) => return Err((walk.trace().end(), error)),
        }
    }
    let end = walk.trace().end();
    if end.number != part.end {
        let what = "its last records are missing";
        return Err((end, Error::Damaged { file: open.name.clone(), offset: end.offset, what }));
    }
    Ok(records)
}
