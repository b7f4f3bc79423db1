// Corrects heads, a task each. See docs/workflows.md.
//
//   nextflow run workflows/heads.nf -profile slurm --input 'heads/*_T1w.nii.gz' --output results
//   nextflow run workflows/heads.nf -profile slurm --input heads.csv --output results      (a table: id,image,mask)

include { correct_head } from './modules/correct_head/main.nf'

def heads() {
    if (!params.input) error "Cannot run as --input must name heads (a path, a pattern or a .csv table): it is not given"
    if (params.input.endsWith('.csv')) {
        return channel.fromPath(params.input, checkIfExists: true).splitCsv(header: true).map { row ->
            tuple([id: row.id], file(row.image, checkIfExists: true), row.mask ? file(row.mask, checkIfExists: true) : [])
        }
    }
    return channel.fromPath(params.input, checkIfExists: true).map { image ->
        tuple([id: image.name.replaceFirst(/\.nii(\.gz)?$/, '')], image, [])
    }
}

workflow {
    correct_head(heads())
}
