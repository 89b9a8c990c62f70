<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>Banner</name>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>Dismiss the message</source>
        <translation>Meldung schließen</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Error: {text}</source>
        <translation>Fehler: {text}</translation>
    </message>
    <message>
        <source>Note: {text}</source>
        <translation>Hinweis: {text}</translation>
    </message>
</context>
<context>
    <name>BatchDialogs</name>
    <message>
        <source>Add files</source>
        <translation>Dateien hinzufügen</translation>
    </message>
    <message>
        <source>Table for spreadsheets (*.csv)</source>
        <translation>Tabelle für Tabellenprogramme (*.csv)</translation>
    </message>
    <message>
        <source>JSON (*.json)</source>
        <translation>JSON (*.json)</translation>
    </message>
    <message>
        <source>Save the report</source>
        <translation>Bericht speichern</translation>
    </message>
    <message>
        <source>Originals to the trash</source>
        <translation>Originale in den Papierkorb</translation>
    </message>
    <message>
        <source>Move the originals of %n file(s) to the trash, each when it is converted?</source>
        <translation>Die Originale von %n Datei(en) in den Papierkorb legen, jedes, sobald es umgewandelt ist?</translation>
    </message>
    <message>
        <source>The results are compressed with loss, so an original holds more than its result. An original stays where its result lacks anything else.</source>
        <translation>Die Ergebnisse sind mit Verlust komprimiert, ein Original enthält also mehr als sein Ergebnis. Ein Original bleibt, wenn seinem Ergebnis sonst etwas fehlt.</translation>
    </message>
    <message>
        <source>Conversion under way</source>
        <translation>Umwandlung läuft</translation>
    </message>
    <message>
        <source>Stop converting and close the window?</source>
        <translation>Umwandlung beenden und Fenster schließen?</translation>
    </message>
    <message>
        <source>What is finished stays; the rest can be converted later.</source>
        <translation>Was fertig ist, bleibt; der Rest lässt sich später umwandeln.</translation>
    </message>
    <message>
        <source>Stop and close</source>
        <translation>Beenden und schließen</translation>
    </message>
</context>
<context>
    <name>BatchOptions</name>
    <message>
        <source>File type of the results</source>
        <translation>Dateityp der Ergebnisse</translation>
    </message>
    <message>
        <source>Keep EXIF and XMP</source>
        <translation>EXIF und XMP behalten</translation>
    </message>
    <message>
        <source>Where the results go</source>
        <translation>Wohin die Ergebnisse kommen</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>nichts</translation>
    </message>
    <message>
        <source>What is added to the names</source>
        <translation>Was an die Namen angehängt wird</translation>
    </message>
    <message>
        <source>Example of a name</source>
        <translation>Beispiel eines Namens</translation>
    </message>
    <message>
        <source>If a file exists</source>
        <translation>Wenn eine Datei da ist</translation>
    </message>
    <message>
        <source>Add a number</source>
        <translation>Nummer anhängen</translation>
    </message>
    <message>
        <source>Skip</source>
        <translation>Überspringen</translation>
    </message>
    <message>
        <source>Overwrite</source>
        <translation>Überschreiben</translation>
    </message>
    <message>
        <source>Skip what is done already</source>
        <translation>Überspringen, was schon fertig ist</translation>
    </message>
    <message>
        <source>Leave a file out whose result is there, newer than the file, with the same quality and model; a target takes one encoding to check</source>
        <translation>Eine Datei auslassen, deren Ergebnis da ist, neuer als sie selbst, mit gleicher Qualität und gleichem Modell; bei einem Ziel braucht es dazu eine Kodierung</translation>
    </message>
    <message>
        <source>Skip what would not get smaller</source>
        <translation>Überspringen, was nicht kleiner würde</translation>
    </message>
    <message>
        <source>Keep the file times</source>
        <translation>Dateizeiten behalten</translation>
    </message>
    <message>
        <source>Move originals to the trash</source>
        <translation>Originale in den Papierkorb legen</translation>
    </message>
    <message>
        <source>Each when its result is written; without this, originals stay as they are</source>
        <translation>Jedes, sobald sein Ergebnis geschrieben ist; ohne dies bleiben Originale, wie sie sind</translation>
    </message>
    <message>
        <source>Convert &amp;to</source>
        <translation>Umwandeln i&amp;n</translation>
    </message>
    <message>
        <source>&amp;Where</source>
        <translation>&amp;Wohin</translation>
    </message>
    <message>
        <source>&amp;Add to the names</source>
        <translation>An die Namen &amp;anhängen</translation>
    </message>
    <message>
        <source>If a file &amp;exists</source>
        <translation>Wenn eine Datei &amp;da ist</translation>
    </message>
    <message>
        <source>Beside each file</source>
        <translation>Neben jede Datei</translation>
    </message>
    <message>
        <source>In a folder …</source>
        <translation>In einen Ordner …</translation>
    </message>
    <message>
        <source>For example: {name}</source>
        <translation>Zum Beispiel: {name}</translation>
    </message>
    <message>
        <source>QRes, from pictures</source>
        <translation>QRes, aus Bildern</translation>
    </message>
    <message>
        <source>PNG, from .qres files</source>
        <translation>PNG, aus .qres-Dateien</translation>
    </message>
    <message>
        <source>JPEG, from .qres files</source>
        <translation>JPEG, aus .qres-Dateien</translation>
    </message>
    <message>
        <source>WebP without loss, from .qres files</source>
        <translation>WebP verlustfrei, aus .qres-Dateien</translation>
    </message>
    <message>
        <source>AVIF, from .qres files</source>
        <translation>AVIF, aus .qres-Dateien</translation>
    </message>
    <message>
        <source>TIFF, from .qres files</source>
        <translation>TIFF, aus .qres-Dateien</translation>
    </message>
</context>
<context>
    <name>BatchPage</name>
    <message>
        <source>Add &amp;files …</source>
        <translation>&amp;Dateien hinzufügen …</translation>
    </message>
    <message>
        <source>Add f&amp;older …</source>
        <translation>&amp;Ordner hinzufügen …</translation>
    </message>
    <message>
        <source>&amp;Remove</source>
        <translation>Ent&amp;fernen</translation>
    </message>
    <message>
        <source>Take the selected files off the list (Del); the files themselves stay</source>
        <translation>Die ausgewählten Dateien von der Liste nehmen (Entf); die Dateien selbst bleiben</translation>
    </message>
    <message>
        <source>C&amp;lear the list</source>
        <translation>Liste &amp;leeren</translation>
    </message>
    <message>
        <source>Take all files off the list; the files themselves stay</source>
        <translation>Alle Dateien von der Liste nehmen; die Dateien selbst bleiben</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Save report …</source>
        <translation>Bericht speichern …</translation>
    </message>
    <message>
        <source>Progress of the whole list</source>
        <translation>Fortschritt der ganzen Liste</translation>
    </message>
    <message>
        <source>State of the conversion</source>
        <translation>Stand der Umwandlung</translation>
    </message>
    <message>
        <source>Looking for files …</source>
        <translation>Dateien werden gesucht …</translation>
    </message>
    <message>
        <source>1 file</source>
        <translation>1 Datei</translation>
    </message>
    <message>
        <source>{count} files</source>
        <translation>{count} Dateien</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>{count} converted</source>
        <translation>{count} umgewandelt</translation>
    </message>
    <message>
        <source>{count} skipped</source>
        <translation>{count} übersprungen</translation>
    </message>
    <message>
        <source>{count} failed</source>
        <translation>{count} fehlgeschlagen</translation>
    </message>
    <message>
        <source>{before} became {after}</source>
        <translation>aus {before} wurden {after}</translation>
    </message>
    <message>
        <source>{share} saved</source>
        <translation>{share} gespart</translation>
    </message>
    <message>
        <source>Pausing after this file</source>
        <translation>Hält nach dieser Datei an</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>Angehalten</translation>
    </message>
    <message>
        <source>Cancelling</source>
        <translation>Wird abgebrochen</translation>
    </message>
    <message>
        <source>Converting</source>
        <translation>Wird umgewandelt</translation>
    </message>
    <message>
        <source>Convert again</source>
        <translation>Erneut umwandeln</translation>
    </message>
    <message>
        <source>Convert the other {count}</source>
        <translation>Die anderen {count} umwandeln</translation>
    </message>
    <message>
        <source>Converting …</source>
        <translation>Wird umgewandelt …</translation>
    </message>
    <message>
        <source>Convert 1 file</source>
        <translation>1 Datei umwandeln</translation>
    </message>
    <message>
        <source>Convert {count} files</source>
        <translation>{count} Dateien umwandeln</translation>
    </message>
    <message>
        <source>Convert</source>
        <translation>Umwandeln</translation>
    </message>
    <message>
        <source>Add a folder</source>
        <translation>Ordner hinzufügen</translation>
    </message>
    <message>
        <source>Where the results go</source>
        <translation>Wohin die Ergebnisse kommen</translation>
    </message>
    <message>
        <source>About {count} s left</source>
        <translation>Noch etwa {count} s</translation>
    </message>
    <message>
        <source>About {count} min left</source>
        <translation>Noch etwa {count} min</translation>
    </message>
    <message>
        <source>About {hours} h {minutes} min left</source>
        <translation>Noch etwa {hours} h {minutes} min</translation>
    </message>
</context>
<context>
    <name>BatchTable</name>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Becomes</source>
        <translation>Wird zu</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Stand</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>Vorher</translation>
    </message>
    <message>
        <source>After</source>
        <translation>Nachher</translation>
    </message>
    <message>
        <source>Saving</source>
        <translation>Ersparnis</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>Meldung</translation>
    </message>
    <message>
        <source>Left out</source>
        <translation>Ausgelassen</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>Wartet</translation>
    </message>
    <message>
        <source>Converting</source>
        <translation>Wird umgewandelt</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>Skipped</source>
        <translation>Übersprungen</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Fehlgeschlagen</translation>
    </message>
    <message>
        <source>It is a .qres file already.</source>
        <translation>Sie ist schon eine .qres-Datei.</translation>
    </message>
    <message>
        <source>It is no .qres file.</source>
        <translation>Sie ist keine .qres-Datei.</translation>
    </message>
</context>
<context>
    <name>BlockChart</name>
    <message>
        <source>Block {block} of {count}: {bits} bits, {share} of the blocks</source>
        <translation>Block {block} von {count}: {bits} Bit, {share} der Blöcke</translation>
    </message>
</context>
<context>
    <name>Captions</name>
    <message>
        <source>Original</source>
        <translation>Original</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>Vorschau</translation>
    </message>
    <message>
        <source>No result yet</source>
        <translation>Noch kein Ergebnis</translation>
    </message>
    <message>
        <source>Encoding …</source>
        <translation>Kodieren …</translation>
    </message>
    <message>
        <source>QRes, first {blocks} of {count} blocks</source>
        <translation>QRes, die ersten {blocks} von {count} Blöcken</translation>
    </message>
    <message>
        <source>QRes, quality {quality}</source>
        <translation>QRes, Qualität {quality}</translation>
    </message>
</context>
<context>
    <name>Commands</name>
    <message>
        <source>&amp;Open …</source>
        <translation>Ö&amp;ffnen …</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>&amp;Speichern</translation>
    </message>
    <message>
        <source>Save &amp;as …</source>
        <translation>Speichern &amp;unter …</translation>
    </message>
    <message>
        <source>Save these &amp;blocks …</source>
        <translation>Diese &amp;Blöcke speichern …</translation>
    </message>
    <message>
        <source>&amp;Export picture …</source>
        <translation>Bild &amp;exportieren …</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportieren</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Beenden</translation>
    </message>
    <message>
        <source>&amp;Copy the picture shown</source>
        <translation>Gezeigtes Bild &amp;kopieren</translation>
    </message>
    <message>
        <source>&amp;Paste a picture</source>
        <translation>Bild &amp;einfügen</translation>
    </message>
    <message>
        <source>&amp;Encode again</source>
        <translation>Erneut &amp;kodieren</translation>
    </message>
    <message>
        <source>&amp;Play the refinement</source>
        <translation>Verfeinerung abs&amp;pielen</translation>
    </message>
    <message>
        <source>&amp;Cancel the work</source>
        <translation>Arbeit &amp;abbrechen</translation>
    </message>
    <message>
        <source>&amp;Information about the file</source>
        <translation>&amp;Information zur Datei</translation>
    </message>
    <message>
        <source>F&amp;lip between original and result</source>
        <translation>&amp;Wechseln zwischen Original und Ergebnis</translation>
    </message>
    <message>
        <source>Zoom &amp;in</source>
        <translation>Ver&amp;größern</translation>
    </message>
    <message>
        <source>Zoom &amp;out</source>
        <translation>Ver&amp;kleinern</translation>
    </message>
    <message>
        <source>Fit the &amp;window</source>
        <translation>In das &amp;Fenster einpassen</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>Einpassen</translation>
    </message>
    <message>
        <source>&amp;Actual size, 100 %</source>
        <translation>Ori&amp;ginalgröße, 100 %</translation>
    </message>
    <message>
        <source>S&amp;quare pixels</source>
        <translation>&amp;Quadratische Pixel</translation>
    </message>
    <message>
        <source>Draw the pixels of an enlarged picture as squares, or smoothly</source>
        <translation>Die Pixel eines vergrößerten Bildes als Quadrate zeichnen, oder weich</translation>
    </message>
    <message>
        <source>Open the &amp;sample picture</source>
        <translation>&amp;Beispielbild öffnen</translation>
    </message>
    <message>
        <source>&amp;Mouse and keys</source>
        <translation>&amp;Maus und Tasten</translation>
    </message>
    <message>
        <source>&amp;About QRes</source>
        <translation>Ü&amp;ber QRes</translation>
    </message>
    <message>
        <source>&amp;Divider</source>
        <translation>&amp;Teiler</translation>
    </message>
    <message>
        <source>Side by &amp;side</source>
        <translation>&amp;Nebeneinander</translation>
    </message>
    <message>
        <source>Di&amp;fference</source>
        <translation>&amp;Unterschied</translation>
    </message>
    <message>
        <source>Only the &amp;original</source>
        <translation>Nur das &amp;Original</translation>
    </message>
    <message>
        <source>Only the &amp;result</source>
        <translation>Nur das &amp;Ergebnis</translation>
    </message>
    <message>
        <source>&amp;Pause the refinement</source>
        <translation>Verfeinerung an&amp;halten</translation>
    </message>
</context>
<context>
    <name>ComparisonView</name>
    <message>
        <source>Comparison of the original and the result</source>
        <translation>Vergleich von Original und Ergebnis</translation>
    </message>
    <message>
        <source>Difference, {factor} times as bright</source>
        <translation>Unterschied, {factor}-fach aufgehellt</translation>
    </message>
    <message>
        <source>Drop a picture here</source>
        <translation>Bild hierher ziehen</translation>
    </message>
    <message>
        <source>or click to choose one. Photographs and .qres files both work.</source>
        <translation>oder klicken, um eines zu wählen. Fotos und .qres-Dateien gehen beide.</translation>
    </message>
</context>
<context>
    <name>Dialogs</name>
    <message>
        <source>Unsaved result</source>
        <translation>Ergebnis nicht gespeichert</translation>
    </message>
    <message>
        <source>Save {name} at quality {quality} as a .qres file?</source>
        <translation>{name} mit Qualität {quality} als .qres-Datei speichern?</translation>
    </message>
    <message>
        <source>The result is not in any file yet. The picture itself stays as it is.</source>
        <translation>Das Ergebnis steht noch in keiner Datei. Das Bild selbst bleibt, wie es ist.</translation>
    </message>
    <message>
        <source>Keep these settings</source>
        <translation>Einstellungen merken</translation>
    </message>
    <message>
        <source>Name of the preset:</source>
        <translation>Name der Vorgabe:</translation>
    </message>
    <message>
        <source>Wheel</source>
        <translation>Mausrad</translation>
    </message>
    <message>
        <source>Zoom at the pointer</source>
        <translation>Am Zeiger vergrößern und verkleinern</translation>
    </message>
    <message>
        <source>Drag</source>
        <translation>Ziehen</translation>
    </message>
    <message>
        <source>Move the picture or the divider</source>
        <translation>Bild oder Teiler verschieben</translation>
    </message>
    <message>
        <source>Double click</source>
        <translation>Doppelklick</translation>
    </message>
    <message>
        <source>The whole picture, or 100 %</source>
        <translation>Ganzes Bild oder 100 %</translation>
    </message>
    <message>
        <source>Double click on the divider</source>
        <translation>Doppelklick auf den Teiler</translation>
    </message>
    <message>
        <source>Left, middle, right</source>
        <translation>Links, Mitte, rechts</translation>
    </message>
    <message>
        <source>Arrow keys</source>
        <translation>Pfeiltasten</translation>
    </message>
    <message>
        <source>Move the picture</source>
        <translation>Bild verschieben</translation>
    </message>
    <message>
        <source>Ctrl + left, right</source>
        <translation>Strg + links, rechts</translation>
    </message>
    <message>
        <source>Move the divider</source>
        <translation>Teiler verschieben</translation>
    </message>
    <message>
        <source>Mouse and arrows</source>
        <translation>Maus und Pfeile</translation>
    </message>
    <message>
        <source>Mouse and keys</source>
        <translation>Maus und Tasten</translation>
    </message>
    <message>
        <source>About QRes</source>
        <translation>Über QRes</translation>
    </message>
    <message>
        <source>A learned image format: small files that open alike on every computer&lt;br&gt;and sharpen latent block by latent block.</source>
        <translation>Ein gelerntes Bildformat: kleine Dateien, die auf jedem Rechner gleich aussehen&lt;br&gt;und Block für Block schärfer werden.</translation>
    </message>
    <message>
        <source>from source</source>
        <translation>aus dem Quelltext</translation>
    </message>
    <message>
        <source>Pictures and QRes files ({patterns})</source>
        <translation>Bilder und QRes-Dateien ({patterns})</translation>
    </message>
    <message>
        <source>QRes files (*.qres)</source>
        <translation>QRes-Dateien (*.qres)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
    <message>
        <source>Model packages (*.qresmodel)</source>
        <translation>Modellpakete (*.qresmodel)</translation>
    </message>
    <message>
        <source>Model package</source>
        <translation>Modellpaket</translation>
    </message>
    <message>
        <source>Save as</source>
        <translation>Speichern unter</translation>
    </message>
    <message>
        <source>PNG, without loss (*.png)</source>
        <translation>PNG, verlustfrei (*.png)</translation>
    </message>
    <message>
        <source>JPEG (*.jpg *.jpeg)</source>
        <translation>JPEG (*.jpg *.jpeg)</translation>
    </message>
    <message>
        <source>WebP, without loss (*.webp)</source>
        <translation>WebP, verlustfrei (*.webp)</translation>
    </message>
    <message>
        <source>AVIF (*.avif)</source>
        <translation>AVIF (*.avif)</translation>
    </message>
    <message>
        <source>TIFF, without loss (*.tiff *.tif)</source>
        <translation>TIFF, verlustfrei (*.tiff *.tif)</translation>
    </message>
    <message>
        <source>Export the picture</source>
        <translation>Bild exportieren</translation>
    </message>
</context>
<context>
    <name>EmptyList</name>
    <message>
        <source>The list is empty. Drop files and folders here, or use the buttons above.</source>
        <translation>Die Liste ist leer. Ziehen Sie Dateien und Ordner hierher, oder benutzen Sie die Knöpfe oben.</translation>
    </message>
    <message>
        <source>Drop pictures and folders here</source>
        <translation>Bilder und Ordner hierher ziehen</translation>
    </message>
    <message>
        <source>Photographs become .qres files, .qres files become pictures.</source>
        <translation>Aus Fotos werden .qres-Dateien, aus .qres-Dateien Bilder.</translation>
    </message>
    <message>
        <source>Folders keep their structure. Originals stay as they are.</source>
        <translation>Ordner behalten ihren Aufbau. Originale bleiben, wie sie sind.</translation>
    </message>
</context>
<context>
    <name>Errors</name>
    <message>
        <source>The file cannot be read.</source>
        <translation>Die Datei lässt sich nicht lesen.</translation>
    </message>
    <message>
        <source>This is not a sound QRes file.</source>
        <translation>Das ist keine unversehrte QRes-Datei.</translation>
    </message>
    <message>
        <source>This is not supported.</source>
        <translation>Das wird nicht unterstützt.</translation>
    </message>
    <message>
        <source>A setting does not fit.</source>
        <translation>Eine Einstellung passt nicht.</translation>
    </message>
    <message>
        <source>There is something wrong with the model package.</source>
        <translation>Mit dem Modellpaket stimmt etwas nicht.</translation>
    </message>
    <message>
        <source>The model package of this file is not installed.</source>
        <translation>Das Modellpaket dieser Datei ist nicht installiert.</translation>
    </message>
    <message>
        <source>The file does not decode to what was encoded.</source>
        <translation>Die Datei ergibt nicht, was kodiert wurde.</translation>
    </message>
    <message>
        <source>The file cannot be written.</source>
        <translation>Die Datei lässt sich nicht schreiben.</translation>
    </message>
    <message>
        <source>en</source>
        <comment>the code of the language of this translation</comment>
        <translation>de</translation>
    </message>
</context>
<context>
    <name>Exchange</name>
    <message>
        <source>Clipboard</source>
        <translation>Zwischenablage</translation>
    </message>
</context>
<context>
    <name>Figures</name>
    <message>
        <source>{count} bytes</source>
        <translation>{count} Bytes</translation>
    </message>
    <message>
        <source>identical</source>
        <translation>identisch</translation>
    </message>
</context>
<context>
    <name>FiguresPanel</name>
    <message>
        <source>Result</source>
        <translation>Ergebnis</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Size compared with the source file</source>
        <translation>Größe im Vergleich zur Ausgangsdatei</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>Width and height in pixels</source>
        <translation>Breite und Höhe in Pixeln</translation>
    </message>
    <message>
        <source>Bits per pixel</source>
        <translation>Bit pro Pixel</translation>
    </message>
    <message>
        <source>Bits of the file for each pixel of the picture</source>
        <translation>Bit der Datei für jedes Pixel des Bildes</translation>
    </message>
    <message>
        <source>PSNR</source>
        <translation>PSNR</translation>
    </message>
    <message>
        <source>Peak signal-to-noise ratio against the original; higher is closer</source>
        <translation>Spitzen-Signal-Rausch-Verhältnis zum Original; höher ist näher daran</translation>
    </message>
    <message>
        <source>MS-SSIM</source>
        <translation>MS-SSIM</translation>
    </message>
    <message>
        <source>Multi-scale structural similarity to the original; 1 is equal</source>
        <translation>Strukturelle Ähnlichkeit mit dem Original auf mehreren Stufen; 1 ist gleich</translation>
    </message>
    <message>
        <source>Encoding</source>
        <translation>Kodieren</translation>
    </message>
    <message>
        <source>Time from pixels to the finished file</source>
        <translation>Zeit von den Pixeln bis zur fertigen Datei</translation>
    </message>
    <message>
        <source>Decoding</source>
        <translation>Dekodieren</translation>
    </message>
    <message>
        <source>Time from the file to the pixels shown</source>
        <translation>Zeit von der Datei bis zu den gezeigten Pixeln</translation>
    </message>
    <message>
        <source>Original file: {size}</source>
        <translation>Originaldatei: {size}</translation>
    </message>
    <message>
        <source>All that there is of the file</source>
        <translation>Alles, was von der Datei da ist</translation>
    </message>
    <message>
        <source>The whole file</source>
        <translation>Die ganze Datei</translation>
    </message>
    <message>
        <source>{share} of the file, {size}</source>
        <translation>{share} der Datei, {size}</translation>
    </message>
    <message>
        <source>{share} of the original file, {size}</source>
        <translation>{share} der Originaldatei, {size}</translation>
    </message>
    <message>
        <source>{share} of the pixels, {size}</source>
        <translation>{share} der Pixeldaten, {size}</translation>
    </message>
    <message>
        <source>First {blocks} of {count} blocks</source>
        <translation>Die ersten {blocks} von {count} Blöcken</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
</context>
<context>
    <name>GoalControls</name>
    <message>
        <source>Preset</source>
        <translation>Vorgabe</translation>
    </message>
    <message>
        <source>Presets: settings under a name</source>
        <translation>Vorgaben: Einstellungen unter einem Namen</translation>
    </message>
    <message>
        <source>Own settings</source>
        <translation>Eigene Einstellungen</translation>
    </message>
    <message>
        <source>Keep or delete presets</source>
        <translation>Vorgaben merken oder löschen</translation>
    </message>
    <message>
        <source>Keep these settings as a preset …</source>
        <translation>Diese Einstellungen als Vorgabe merken …</translation>
    </message>
    <message>
        <source>Delete this preset</source>
        <translation>Diese Vorgabe löschen</translation>
    </message>
    <message>
        <source>Quality: 0 gives the smallest file, 100 the best picture</source>
        <translation>Qualität: 0 gibt die kleinste Datei, 100 das beste Bild</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>Qualität</translation>
    </message>
    <message>
        <source>0 gives the smallest file, 100 the best picture</source>
        <translation>0 gibt die kleinste Datei, 100 das beste Bild</translation>
    </message>
    <message>
        <source>Quality as a number</source>
        <translation>Qualität als Zahl</translation>
    </message>
    <message>
        <source>Quality as a number, 0 to 100</source>
        <translation>Qualität als Zahl, 0 bis 100</translation>
    </message>
    <message>
        <source>Target</source>
        <translation>Ziel</translation>
    </message>
    <message>
        <source>Let the quality be found that keeps to a size, or reaches a PSNR</source>
        <translation>Die Qualität suchen lassen, die eine Größe einhält oder einen PSNR erreicht</translation>
    </message>
    <message>
        <source>No target</source>
        <translation>Ohne Ziel</translation>
    </message>
    <message>
        <source>Size at most</source>
        <translation>Größe höchstens</translation>
    </message>
    <message>
        <source>Share at most</source>
        <translation>Anteil höchstens</translation>
    </message>
    <message>
        <source>PSNR at least</source>
        <translation>PSNR mindestens</translation>
    </message>
    <message>
        <source>Value of the target</source>
        <translation>Wert des Ziels</translation>
    </message>
    <message>
        <source>&amp;Quality</source>
        <translation>&amp;Qualität</translation>
    </message>
    <message>
        <source>Smaller file</source>
        <translation>Kleinere Datei</translation>
    </message>
    <message>
        <source>Better picture</source>
        <translation>Besseres Bild</translation>
    </message>
</context>
<context>
    <name>InformationPanel</name>
    <message>
        <source>There is no coded file yet.</source>
        <translation>Es gibt noch keine kodierte Datei.</translation>
    </message>
    <message>
        <source>Parts of the file</source>
        <translation>Teile der Datei</translation>
    </message>
    <message>
        <source>Part</source>
        <translation>Teil</translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation>Bytes</translation>
    </message>
    <message>
        <source>CRC-32</source>
        <translation>CRC-32</translation>
    </message>
    <message>
        <source>The parts of the file in their order; every one has a checksum of its own</source>
        <translation>Die Teile der Datei der Reihe nach; jeder hat seine eigene Prüfsumme</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Format version</source>
        <translation>Formatversion</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Model identity</source>
        <translation>Kennung des Modells</translation>
    </message>
    <message>
        <source>Quality index</source>
        <translation>Qualitätsindex</translation>
    </message>
    <message>
        <source>Latent blocks</source>
        <translation>Latente Blöcke</translation>
    </message>
    <message>
        <source>Device in use</source>
        <translation>Benutztes Gerät</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>Farben</translation>
    </message>
    <message>
        <source>EXIF</source>
        <translation>EXIF</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>XMP</source>
        <translation>XMP</translation>
    </message>
    <message>
        <source>{blocks} of {count}</source>
        <translation>{blocks} von {count}</translation>
    </message>
    <message>
        <source>Latent block {number}</source>
        <translation>Latenter Block {number}</translation>
    </message>
    <message>
        <source>damaged</source>
        <translation>beschädigt</translation>
    </message>
    <message>
        <source>Header</source>
        <translation>Kopf</translation>
    </message>
    <message>
        <source>Colour profile</source>
        <translation>Farbprofil</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>Vorschau</translation>
    </message>
    <message>
        <source>Transparency</source>
        <translation>Transparenz</translation>
    </message>
    <message>
        <source>Unknown part {type}</source>
        <translation>Unbekannter Teil {type}</translation>
    </message>
    <message>
        <source>Camera maker</source>
        <translation>Kamerahersteller</translation>
    </message>
    <message>
        <source>Camera</source>
        <translation>Kamera</translation>
    </message>
    <message>
        <source>Taken</source>
        <translation>Aufgenommen</translation>
    </message>
    <message>
        <source>Lens</source>
        <translation>Objektiv</translation>
    </message>
    <message>
        <source>Focal length, mm</source>
        <translation>Brennweite, mm</translation>
    </message>
    <message>
        <source>Aperture, f/</source>
        <translation>Blende, f/</translation>
    </message>
    <message>
        <source>Exposure, s</source>
        <translation>Belichtung, s</translation>
    </message>
    <message>
        <source>ISO</source>
        <translation>ISO</translation>
    </message>
    <message>
        <source>Artist</source>
        <translation>Urheber</translation>
    </message>
    <message>
        <source>Copyright</source>
        <translation>Copyright</translation>
    </message>
</context>
<context>
    <name>Laboratory</name>
    <message>
        <source>Sample, temperature {temperature}, seed {seed}</source>
        <translation>Stichprobe, Temperatur {temperature}, Startwert {seed}</translation>
    </message>
    <message>
        <source>At {share} of the way</source>
        <translation>Bei {share} des Wegs</translation>
    </message>
    <message>
        <source>Inpainted, temperature {temperature}, seed {seed}</source>
        <translation>Ausgefüllt, Temperatur {temperature}, Startwert {seed}</translation>
    </message>
</context>
<context>
    <name>LaboratoryPage</name>
    <message>
        <source>Nothing has been made yet.</source>
        <translation>Es wurde noch nichts erzeugt.</translation>
    </message>
    <message>
        <source>Sample</source>
        <translation>Stichprobe</translation>
    </message>
    <message>
        <source>Interpolation</source>
        <translation>Interpolation</translation>
    </message>
    <message>
        <source>Inpainting</source>
        <translation>Ausgefüllt</translation>
    </message>
</context>
<context>
    <name>LaboratoryPanel</name>
    <message>
        <source>Experiments</source>
        <translation>Versuche</translation>
    </message>
    <message>
        <source>Sample</source>
        <translation>Stichprobe</translation>
    </message>
    <message>
        <source>Interpolate</source>
        <translation>Interpolieren</translation>
    </message>
    <message>
        <source>Inpaint</source>
        <translation>Ausfüllen</translation>
    </message>
    <message>
        <source>Width in pixels</source>
        <translation>Breite in Pixeln</translation>
    </message>
    <message>
        <source>Height in pixels</source>
        <translation>Höhe in Pixeln</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>Temperatur</translation>
    </message>
    <message>
        <source>0 takes the most likely values, 1 draws as the model expects them</source>
        <translation>0 nimmt die wahrscheinlichsten Werte, 1 zieht sie so, wie das Modell sie erwartet</translation>
    </message>
    <message>
        <source>Temperature as a number</source>
        <translation>Temperatur als Zahl</translation>
    </message>
    <message>
        <source>Position between the pictures</source>
        <translation>Stelle zwischen den Bildern</translation>
    </message>
    <message>
        <source>Position as a number</source>
        <translation>Stelle als Zahl</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Startwert</translation>
    </message>
    <message>
        <source>The same seed gives the same picture</source>
        <translation>Derselbe Startwert ergibt dasselbe Bild</translation>
    </message>
    <message>
        <source>Another</source>
        <translation>Ein anderer</translation>
    </message>
    <message>
        <source>Draw a new seed, and make a picture of it</source>
        <translation>Einen neuen Startwert ziehen und ein Bild daraus erzeugen</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>Qualität</translation>
    </message>
    <message>
        <source>The model has latents of its own for every quality</source>
        <translation>Das Modell hat für jede Qualität eigene latente Werte</translation>
    </message>
    <message>
        <source>Quality as a number</source>
        <translation>Qualität als Zahl</translation>
    </message>
    <message>
        <source>Other picture …</source>
        <translation>Anderes Bild …</translation>
    </message>
    <message>
        <source>The other picture</source>
        <translation>Das andere Bild</translation>
    </message>
    <message>
        <source>Left edge of the rectangle</source>
        <translation>Linker Rand des Rechtecks</translation>
    </message>
    <message>
        <source>Upper edge of the rectangle</source>
        <translation>Oberer Rand des Rechtecks</translation>
    </message>
    <message>
        <source>Width of the rectangle</source>
        <translation>Breite des Rechtecks</translation>
    </message>
    <message>
        <source>Height of the rectangle</source>
        <translation>Höhe des Rechtecks</translation>
    </message>
    <message>
        <source>Make a picture</source>
        <translation>Bild erzeugen</translation>
    </message>
    <message>
        <source>Progress of the picture</source>
        <translation>Fortschritt des Bildes</translation>
    </message>
    <message>
        <source>State of the laboratory</source>
        <translation>Stand im Labor</translation>
    </message>
    <message>
        <source>Export …</source>
        <translation>Exportieren …</translation>
    </message>
    <message>
        <source>Write the picture as PNG, JPEG, WebP, AVIF or TIFF</source>
        <translation>Das Bild als PNG, JPEG, WebP, AVIF oder TIFF schreiben</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Put the picture into the clipboard</source>
        <translation>Das Bild in die Zwischenablage legen</translation>
    </message>
    <message>
        <source>Encode …</source>
        <translation>Kodieren …</translation>
    </message>
    <message>
        <source>Open it on the page of the picture, to encode and save it there</source>
        <translation>Auf der Seite des Bildes öffnen, um es dort zu kodieren und zu speichern</translation>
    </message>
    <message>
        <source>Size in pixels</source>
        <translation>Größe in Pixeln</translation>
    </message>
    <message>
        <source>&amp;Position</source>
        <translation>&amp;Stelle</translation>
    </message>
    <message>
        <source>Left, top</source>
        <translation>Links, oben</translation>
    </message>
    <message>
        <source>Width, height</source>
        <translation>Breite, Höhe</translation>
    </message>
    <message>
        <source>Rectangle</source>
        <translation>Rechteck</translation>
    </message>
    <message>
        <source>&amp;Temperature</source>
        <translation>&amp;Temperatur</translation>
    </message>
    <message>
        <source>&amp;Quality</source>
        <translation>&amp;Qualität</translation>
    </message>
    <message>
        <source>none yet</source>
        <translation>noch keines</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Made in {duration}.</source>
        <translation>Erzeugt in {duration}.</translation>
    </message>
    <message>
        <source>A picture of random latents. It shows what the model expects of pictures: with the standard model textures, not scenes.</source>
        <translation>Ein Bild aus zufälligen latenten Werten. Es zeigt, was das Modell von Bildern erwartet: beim Standardmodell Texturen, keine Szenen.</translation>
    </message>
    <message>
        <source>Between the open picture and another: the mean of what their files would hold.</source>
        <translation>Zwischen dem geöffneten Bild und einem anderen: das Mittel dessen, was ihre Dateien enthielten.</translation>
    </message>
    <message>
        <source>The model fills a rectangle from its surroundings; everything else stays exactly as it is.</source>
        <translation>Das Modell füllt ein Rechteck aus seiner Umgebung; alles andere bleibt genau, wie es ist.</translation>
    </message>
</context>
<context>
    <name>LaboratoryView</name>
    <message>
        <source>The picture and what was made of it</source>
        <translation>Das Bild und was daraus erzeugt wurde</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>&amp;Picture</source>
        <translation>&amp;Bild</translation>
    </message>
    <message>
        <source>&amp;Laboratory</source>
        <translation>&amp;Labor</translation>
    </message>
    <message>
        <source>&amp;Batch</source>
        <translation>&amp;Stapel</translation>
    </message>
</context>
<context>
    <name>MenuBar</name>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Datei</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>&amp;Bearbeiten</translation>
    </message>
    <message>
        <source>&amp;Result</source>
        <translation>&amp;Ergebnis</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ansicht</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Hilfe</translation>
    </message>
</context>
<context>
    <name>ProgressivePanel</name>
    <message>
        <source>&amp;Latent blocks</source>
        <translation>&amp;Latente Blöcke</translation>
    </message>
    <message>
        <source>Bits of each latent block</source>
        <translation>Bit jedes latenten Blocks</translation>
    </message>
    <message>
        <source>Latent blocks shown</source>
        <translation>Gezeigte latente Blöcke</translation>
    </message>
    <message>
        <source>How many latent blocks are shown</source>
        <translation>Wie viele latente Blöcke gezeigt werden</translation>
    </message>
    <message>
        <source>Every block sharpens the picture.</source>
        <translation>Jeder Block macht das Bild schärfer.</translation>
    </message>
    <message>
        <source>Save these blocks …</source>
        <translation>Diese Blöcke speichern …</translation>
    </message>
    <message>
        <source>Save the blocks shown as a smaller QRes file of their own</source>
        <translation>Die gezeigten Blöcke als eigene, kleinere QRes-Datei speichern</translation>
    </message>
    <message>
        <source>{blocks} of {count}</source>
        <translation>{blocks} von {count}</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Play the refinement</source>
        <translation>Verfeinerung abspielen</translation>
    </message>
</context>
<context>
    <name>QualityPanel</name>
    <message>
        <source>Options</source>
        <translation>Optionen</translation>
    </message>
    <message>
        <source>Metadata, model and device</source>
        <translation>Metadaten, Modell und Gerät</translation>
    </message>
    <message>
        <source>Keep camera data and place (EXIF, XMP)</source>
        <translation>Kameradaten und Ort behalten (EXIF, XMP)</translation>
    </message>
    <message>
        <source>The colour profile is always kept: without it the colours would change</source>
        <translation>Das Farbprofil bleibt immer erhalten: ohne es änderten sich die Farben</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>The model package that encodes</source>
        <translation>Das Modellpaket, das kodiert</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>Gerät</translation>
    </message>
    <message>
        <source>Where the networks run</source>
        <translation>Worauf die Netze rechnen</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>Processor (CPU)</source>
        <translation>Prozessor (CPU)</translation>
    </message>
    <message>
        <source>Graphics card (CUDA)</source>
        <translation>Grafikkarte (CUDA)</translation>
    </message>
    <message>
        <source>Device in use</source>
        <translation>Benutztes Gerät</translation>
    </message>
    <message>
        <source>In use: {device}</source>
        <translation>In Benutzung: {device}</translation>
    </message>
    <message>
        <source>Standard</source>
        <translation>Standard</translation>
    </message>
    <message>
        <source>From a file …</source>
        <translation>Aus einer Datei …</translation>
    </message>
</context>
<context>
    <name>RecentMenu</name>
    <message>
        <source>Open &amp;recent</source>
        <translation>&amp;Zuletzt geöffnet</translation>
    </message>
    <message>
        <source>No files yet</source>
        <translation>Noch keine Dateien</translation>
    </message>
    <message>
        <source>&amp;Forget these files</source>
        <translation>Diese Dateien &amp;vergessen</translation>
    </message>
</context>
<context>
    <name>SidePanel</name>
    <message>
        <source>Panels</source>
        <translation>Seitenleisten</translation>
    </message>
    <message>
        <source>The result, or what its file holds</source>
        <translation>Das Ergebnis, oder was seine Datei enthält</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>Drag the file from here into a folder or another program</source>
        <translation>Die Datei von hier in einen Ordner oder ein anderes Programm ziehen</translation>
    </message>
    <message>
        <source>Drag the file out</source>
        <translation>Datei herausziehen</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>Ergebnis</translation>
    </message>
    <message>
        <source>Information</source>
        <translation>Information</translation>
    </message>
    <message>
        <source>Export picture …</source>
        <translation>Bild exportieren …</translation>
    </message>
    <message>
        <source>Saved</source>
        <translation>Gespeichert</translation>
    </message>
    <message>
        <source>Save {size}</source>
        <translation>{size} speichern</translation>
    </message>
</context>
<context>
    <name>State</name>
    <message>
        <source>There is not enough memory for a picture of this size; use a smaller picture.</source>
        <translation>Für ein Bild dieser Größe reicht der Speicher nicht; nehmen Sie ein kleineres Bild.</translation>
    </message>
    <message>
        <source>This should not have happened: {error}. Please report it.</source>
        <translation>Das hätte nicht geschehen dürfen: {error}. Bitte melden Sie es.</translation>
    </message>
    <message>
        <source>Web: small, without metadata</source>
        <translation>Netz: klein, ohne Metadaten</translation>
    </message>
    <message>
        <source>Balanced</source>
        <translation>Ausgewogen</translation>
    </message>
    <message>
        <source>Archive: best picture</source>
        <translation>Archiv: bestes Bild</translation>
    </message>
    <message>
        <source>Opening {name}</source>
        <translation>{name} wird geöffnet</translation>
    </message>
    <message>
        <source>Opened {name}.</source>
        <translation>{name} ist geöffnet.</translation>
    </message>
    <message>
        <source>Encoded at quality {quality}.</source>
        <translation>Mit Qualität {quality} kodiert.</translation>
    </message>
    <message>
        <source>Open a picture first.</source>
        <translation>Bitte zuerst ein Bild öffnen.</translation>
    </message>
    <message>
        <source>Choose the other picture.</source>
        <translation>Bitte das andere Bild wählen.</translation>
    </message>
    <message>
        <source>Draw a rectangle on the picture.</source>
        <translation>Bitte ein Rechteck auf dem Bild aufziehen.</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>Abgebrochen.</translation>
    </message>
    <message>
        <source>Writing {name} …</source>
        <translation>{name} wird geschrieben …</translation>
    </message>
    <message>
        <source>Saved the first {blocks} of {count} latent blocks as {name}.</source>
        <translation>Die ersten {blocks} von {count} latenten Blöcken sind als {name} gespeichert.</translation>
    </message>
    <message>
        <source>Saved {name}.</source>
        <translation>{name} ist gespeichert.</translation>
    </message>
    <message>
        <source>Exported {name}.</source>
        <translation>{name} ist exportiert.</translation>
    </message>
    <message>
        <source>Copied the picture.</source>
        <translation>Das Bild ist kopiert.</translation>
    </message>
    <message>
        <source>There is no picture in the clipboard.</source>
        <translation>In der Zwischenablage ist kein Bild.</translation>
    </message>
    <message>
        <source>Encoding at quality {quality}</source>
        <translation>Kodieren mit Qualität {quality}</translation>
    </message>
    <message>
        <source>Looking for the quality that meets the target</source>
        <translation>Die Qualität zum Ziel wird gesucht</translation>
    </message>
    <message>
        <source>Decoding</source>
        <translation>Dekodieren</translation>
    </message>
    <message>
        <source>CUDA cannot be used on this computer, so the processor does the work.</source>
        <translation>CUDA lässt sich auf diesem Rechner nicht benutzen, deshalb rechnet der Prozessor.</translation>
    </message>
    <message>
        <source>Decoding {blocks} of {count} latent blocks</source>
        <translation>{blocks} von {count} latenten Blöcken werden dekodiert</translation>
    </message>
    <message>
        <source>Loading the model</source>
        <translation>Das Modell wird geladen</translation>
    </message>
    <message>
        <source>{name} is no name for a QRes file; let it end in {extension}, or choose Export for a picture of another type.</source>
        <translation>{name} ist kein Name für eine QRes-Datei; lassen Sie ihn auf {extension} enden, oder wählen Sie Exportieren für ein Bild einer anderen Art.</translation>
    </message>
    <message>
        <source>{name} is the file that was opened, and originals stay as they are; choose another name.</source>
        <translation>{name} ist die Datei, die geöffnet wurde, und Originale bleiben, wie sie sind; wählen Sie einen anderen Namen.</translation>
    </message>
    <message>
        <source>{name} is no file to take a percentage of; choose another target.</source>
        <translation>{name} ist keine Datei, von der sich ein Anteil nehmen ließe; wählen Sie ein anderes Ziel.</translation>
    </message>
    <message>
        <source>Not even the best quality reaches this PSNR; the result is the best there is.</source>
        <translation>Nicht einmal die beste Qualität erreicht diesen PSNR; das Ergebnis ist das beste, das es gibt.</translation>
    </message>
    <message>
        <source>Not even the lowest quality is as small as the target; the result is the smallest there is.</source>
        <translation>Nicht einmal die niedrigste Qualität ist so klein wie das Ziel; das Ergebnis ist das kleinste, das es gibt.</translation>
    </message>
    <message>
        <source>There is nothing new to convert in what was added.</source>
        <translation>In dem, was hinzukam, ist nichts Neues umzuwandeln.</translation>
    </message>
    <message>
        <source>Cancelled. What is finished stays; the rest can be converted later.</source>
        <translation>Abgebrochen. Was fertig ist, bleibt; der Rest lässt sich später umwandeln.</translation>
    </message>
    <message>
        <source>The report was saved as {name}.</source>
        <translation>Der Bericht ist als {name} gespeichert.</translation>
    </message>
    <message>
        <source>Making a picture</source>
        <translation>Ein Bild wird erzeugt</translation>
    </message>
</context>
<context>
    <name>StatusLine</name>
    <message>
        <source>Status</source>
        <translation>Status</translation>
    </message>
    <message>
        <source>Model and device</source>
        <translation>Modell und Gerät</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>This is a sample. Drop a picture of your own into the window, or choose Open.</source>
        <translation>Das ist ein Beispiel. Ziehen Sie ein eigenes Bild in das Fenster, oder wählen Sie Öffnen.</translation>
    </message>
    <message>
        <source>The model {model} runs on {device}</source>
        <translation>Das Modell {model} läuft auf {device}</translation>
    </message>
</context>
<context>
    <name>ToolBar</name>
    <message>
        <source>Tools</source>
        <translation>Werkzeuge</translation>
    </message>
    <message>
        <source>Scale</source>
        <translation>Maßstab</translation>
    </message>
</context>
<context>
    <name>view</name>
    <message>
        <source>Files to convert</source>
        <translation>Umzuwandelnde Dateien</translation>
    </message>
</context>
</TS>
